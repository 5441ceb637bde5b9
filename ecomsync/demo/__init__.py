"""`make demo`: the main job from nothing, on this machine alone, told step by step and checked on request."""
