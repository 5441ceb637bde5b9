"""Progress of a run as JSON, for the page that shows it."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from activity.models import Run
from activity.models.runs import EXTRA_OUTCOMES, OUTCOMES


class CanViewRuns(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_authenticated and request.user.has_perm("activity.view_run"))


class RunSerializer(serializers.ModelSerializer[Run]):
    state_label = serializers.CharField(source="get_state_display")
    percent = serializers.IntegerField()
    accounted = serializers.IntegerField()
    adds_up = serializers.BooleanField()
    over = serializers.BooleanField(source="is_over")
    seconds = serializers.FloatField()

    class Meta:
        model = Run
        fields = (
            "id", "site_code", "action", "state", "state_label", "percent", "total", "done", "found", *OUTCOMES,
            "counts", "accounted", "adds_up", "over", "message", "seconds", "started_at", "finished_at", "trace_id",
        )  # fmt: skip

    def to_representation(self, instance: Run) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        return {**shown, **{name: int(instance.counts.get(name, 0)) for name in EXTRA_OUTCOMES}}


class RunProgressView(APIView):
    authentication_classes = (SessionAuthentication,)
    permission_classes = (CanViewRuns,)

    def get(self, request: Request, pk: int) -> Response:
        response = Response(RunSerializer(get_object_or_404(Run, pk=pk)).data)
        response["Cache-Control"] = "no-store"
        return response


urlpatterns = [path("runs/<int:pk>/", RunProgressView.as_view(), name="run-progress")]
