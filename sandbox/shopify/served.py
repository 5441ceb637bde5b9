"""Which part of the Admin schema this shop serves: types and fields by name.

`make_schema.py` cuts exactly these out of the published schema and writes `schema/<version>.graphql`. Connections,
edges, payloads, enums, scalars and input types that they need come along by themselves. What is not listed is
refused as an unknown field, which is honest: an answer that was made up would be worse.
"""

OBJECTS: dict[str, str] = {
    "QueryRoot": """shop publicApiVersions currentAppInstallation appInstallation locations location products product
        productByIdentifier productByHandle productsCount productVariants productVariant productVariantByIdentifier
        productVariantsCount productOperation inventoryItems inventoryItem inventoryLevel inventoryProperties orders
        order orderByIdentifier ordersCount customers customer customerByIdentifier customersCount collections
        collection collectionByIdentifier collectionsCount publications publication markets market catalogs catalog
        priceLists priceList companies company companyLocations companyLocation companiesCount translatableResource
        translatableResources translatableResourcesByIds shopLocales availableLocales files node nodes job
        bulkOperation bulkOperations webhookSubscriptions webhookSubscription webhookSubscriptionsCount
        fulfillmentOrders fulfillmentOrder assignedFulfillmentOrders fulfillment return reverseFulfillmentOrder
        returnReasonDefinitions returnableFulfillments refund metafieldDefinitions metafieldDefinition
        taxonomy codeDiscountNodes giftCards""",
    "Mutation": """productSet productCreate productUpdate productDelete productVariantsBulkCreate
        productVariantsBulkUpdate productVariantsBulkDelete productOptionsCreate productOptionUpdate
        productOptionsDelete productOptionsReorder productChangeStatus productBundleCreate
        productVariantRelationshipBulkUpdate productDeleteMedia productVariantAppendMedia
        publishablePublish publishableUnpublish metafieldsSet
        metafieldsDelete metafieldDefinitionCreate fileCreate fileDelete stagedUploadsCreate translationsRegister
        translationsRemove shopLocaleEnable inventorySetQuantities inventorySetOnHandQuantities
        inventoryAdjustQuantities inventoryMoveQuantities inventoryActivate inventoryDeactivate
        inventoryBulkToggleActivation inventoryItemUpdate locationActivate locationDeactivate
        priceListFixedPricesAdd priceListFixedPricesUpdate priceListFixedPricesDelete priceListUpdate
        priceListFixedPricesByProductUpdate quantityPricingByVariantUpdate collectionCreate collectionUpdate
        collectionDelete collectionAddProducts collectionAddProductsV2 collectionRemoveProducts
        collectionReorderProducts customerSet customerCreate customerUpdate orderUpdate tagsAdd tagsRemove orderClose
        orderOpen orderCancel orderMarkAsPaid orderCapture orderCreateManualPayment transactionVoid orderInvoiceSend
        orderEditBegin orderEditSetQuantity orderEditAddVariant orderEditCommit fulfillmentCreate
        fulfillmentTrackingInfoUpdate fulfillmentEventCreate fulfillmentCancel fulfillmentOrderHold
        fulfillmentOrderReleaseHold fulfillmentOrderMove fulfillmentOrderCancel fulfillmentOrderClose
        fulfillmentOrderOpen refundCreate returnCreate returnRequest returnApproveRequest
        returnDeclineRequest returnProcess returnRefund returnClose returnReopen returnCancel
        reverseFulfillmentOrderDispose webhookSubscriptionCreate webhookSubscriptionUpdate webhookSubscriptionDelete
        bulkOperationRunQuery bulkOperationRunMutation bulkOperationCancel appUninstall""",
    # Interfaces.
    "Node": "id",
    "DisplayableError": "field message",
    "HasMetafields": "metafield metafields",
    "LegacyInteroperability": "legacyResourceId",
    "DiscountApplication": "allocationMethod index targetSelection targetType value",
    "Catalog": "id title status priceList publication",
    "File": "id alt createdAt updatedAt fileStatus fileErrors preview",
    "Media": "id alt mediaContentType status preview mediaErrors",
    "ProductOperation": "product status",
    "Publishable": "publishedOnPublication resourcePublications resourcePublicationsV2 availablePublicationsCount",
    "ReturnLineItemType": """id quantity customerNote processableQuantity processedQuantity refundableQuantity
        refundedQuantity returnReasonDefinition returnReasonNote unprocessedQuantity""",
    "CollectionSource": "id title description",
    # Small ones.
    "MoneyBag": "shopMoney presentmentMoney",
    "MoneyV2": "amount currencyCode",
    "PageInfo": "hasNextPage hasPreviousPage startCursor endCursor",
    "Count": "count precision",
    "Attribute": "key value",
    "Weight": "unit value",
    "UserError": "field message",
    "AccessScope": "handle description",
    "ApiVersion": "handle displayName supported",
    "Job": "id done",
    # Shop.
    "Shop": """id name email contactEmail myshopifyDomain primaryDomain url currencyCode enabledPresentmentCurrencies
        ianaTimezone timezoneOffset timezoneOffsetMinutes timezoneAbbreviation plan taxesIncluded taxShipping
        weightUnit unitSystem createdAt updatedAt description shopAddress billingAddress setupRequired
        orderNumberFormatPrefix orderNumberFormatSuffix shopOwnerName countriesInShippingZones shipsToCountries
        resourceLimits metafield metafields currencySettings""",
    "ShopPlan": "displayName publicDisplayName partnerDevelopment shopifyPlus",
    "ShopResourceLimits": "maxProductOptions maxProductVariants locationLimit redirectLimitReached",
    "ResourceLimit": "available quantityAvailable quantityLimit quantityUsed",
    "CountriesInShippingZones": "countryCodes includeRestOfWorld",
    "CurrencySetting": "currencyCode currencyName enabled",
    "Domain": "id host url sslEnabled",
    "ShopAddress": "id address1 address2 city company country countryCodeV2 phone province provinceCode zip",
    "AppInstallation": "id app accessScopes launchUrl uninstallUrl metafield metafields",
    "App": "id title apiKey handle developerName webhookApiVersion",
    "OrderApp": "id name",
    "Location": """id legacyResourceId name isActive fulfillsOnlineOrders shipsInventory hasActiveInventory
        isFulfillmentService isPrimary address createdAt updatedAt deactivatedAt activatable deactivatable deletable
        hasUnfulfilledOrders inventoryLevel inventoryLevels metafield metafields""",
    "LocationAddress": "address1 address2 city country countryCode phone province provinceCode zip formatted",
    "Metafield": """id legacyResourceId namespace key type value jsonValue compareDigest createdAt updatedAt ownerType
        owner reference description""",
    "MetafieldDefinition": "id name namespace key ownerType type description capabilities metafieldsCount",
    "MetafieldDefinitionType": "name category",
    "MetafieldCapabilities": "uniqueValues",
    "MetafieldCapabilityUniqueValues": "eligible enabled",
    "ShopLocale": "locale name primary published",
    "Locale": "isoCode name",
    "TranslatableResource": "resourceId translatableContent translations",
    "TranslatableContent": "digest key locale type value",
    "Translation": "key locale value outdated updatedAt market",
    "Publication": "id name autoPublish supportsFuturePublishing catalog hasCollection products collections",
    "ResourcePublication": "isPublished publication publishDate publishable",
    "ResourcePublicationV2": "isPublished publication publishDate publishable",
    "Taxonomy": "categories",
    "TaxonomyCategory": "id name fullName isLeaf isRoot level isArchived parentId childrenIds ancestorIds",
    "StagedMediaUploadTarget": "url resourceUrl parameters",
    "StagedUploadParameter": "name value",
    "GenericFile": "id alt createdAt updatedAt fileStatus fileErrors preview url mimeType originalFileSize",
    "MediaImage": """id alt createdAt updatedAt fileStatus fileErrors preview image mimeType mediaContentType status
        mediaErrors originalSource metafield metafields""",
    "MediaImageOriginalSource": "url fileSize",
    "MediaPreviewImage": "image status",
    "MediaError": "code details message",
    "FileError": "code details message",
    "Image": "id altText url width height",
    "WebhookSubscription": """id legacyResourceId topic uri callbackUrl endpoint format includeFields filter
        metafieldNamespaces name apiVersion createdAt updatedAt""",
    "WebhookHttpEndpoint": "callbackUrl",
    "BulkOperation": """id type status errorCode query objectCount rootObjectCount fileSize url partialDataUrl
        createdAt completedAt""",
    # Products.
    "Product": """id legacyResourceId title handle description descriptionHtml status vendor productType tags category
        seo options variants variantsCount media mediaCount featuredMedia featuredImage images collections inCollection
        totalInventory tracksInventory hasOnlyDefaultVariant hasOutOfStockVariants isGiftCard createdAt updatedAt
        publishedAt onlineStoreUrl onlineStorePreviewUrl templateSuffix metafield metafields translations
        publishedOnPublication resourcePublications resourcePublicationsV2 availablePublicationsCount priceRangeV2
        compareAtPriceRange requiresSellingPlan hasVariantsThatRequiresComponents bundleComponents defaultCursor""",
    "ProductPriceRangeV2": "minVariantPrice maxVariantPrice",
    "ProductCompareAtPriceRange": "minVariantCompareAtPrice maxVariantCompareAtPrice",
    "SEO": "title description",
    "ProductOption": "id name position values optionValues translations",
    "ProductOptionValue": "id name hasVariants translations",
    "SelectedOption": "name value optionValue",
    "ProductVariant": """id legacyResourceId title displayName sku barcode price compareAtPrice position taxable
        inventoryPolicy inventoryQuantity inventoryItem availableForSale selectedOptions product createdAt updatedAt
        image media metafield metafields sellableOnlineQuantity requiresComponents productVariantComponents
        translations defaultCursor taxCode contextualPricing""",
    "ProductVariantContextualPricing": "price compareAtPrice",
    "ProductVariantComponent": "id productVariant quantity",
    "ProductBundleComponent": "componentProduct componentVariantsCount quantity",
    "ProductSetOperation": "id status product userErrors",
    "ProductBundleOperation": "id status product userErrors",
    "Collection": """id legacyResourceId title handle description descriptionHtml sortOrder ruleSet sources products
        productsCount hasProduct image seo updatedAt templateSuffix metafield metafields
        publishedOnPublication resourcePublications resourcePublicationsV2 availablePublicationsCount translations""",
    "CollectionRuleSet": "appliedDisjunctively rules",
    "CollectionRule": "column relation condition",
    "CollectionConditionsSource": "id title description inclusion",
    "CollectionSourceInclusion": "matchType selections",
    "CollectionInclusionProductSelection": "product",
    # Inventory.
    "InventoryItem": """id legacyResourceId sku tracked unitCost requiresShipping measurement countryCodeOfOrigin
        harmonizedSystemCode provinceCodeOfOrigin variant variants inventoryLevel inventoryLevels locationsCount
        duplicateSkuCount createdAt updatedAt trackedEditable""",
    "EditableProperty": "locked reason",
    "InventoryItemMeasurement": "id weight",
    "InventoryLevel": "id item location quantities isActive canDeactivate createdAt updatedAt",
    "InventoryQuantity": "id name quantity updatedAt",
    "InventoryAdjustmentGroup": "id reason referenceDocumentUri changes createdAt app",
    "InventoryChange": "name delta quantityAfterChange ledgerDocumentUri item location",
    "InventoryProperties": "quantityNames",
    "InventoryQuantityName": "name displayName isInUse belongsTo comprises",
    # Prices, markets, companies.
    "PriceList": "id name currency parent fixedPricesCount catalog prices quantityRules",
    "PriceListParent": "adjustment settings",
    "PriceListAdjustment": "type value",
    "PriceListAdjustmentSettings": "compareAtMode",
    "PriceListPrice": "price compareAtPrice originType variant quantityPriceBreaks",
    "QuantityPriceBreak": "id minimumQuantity price variant priceList",
    "QuantityRule": "increment isDefault maximum minimum originType productVariant",
    "Market": "id name handle status type enabled primary catalogs currencySettings conditions",
    "MarketConditions": "regionsCondition conditionTypes",
    "RegionsCondition": "applicationLevel regions",
    "MarketRegionCountry": "id name code currency",
    "MarketRegion": "id name",
    "MarketCurrencySettings": "baseCurrency localCurrencies",
    "MarketCatalog": "id title status priceList publication markets",
    "CompanyLocationCatalog": "id title status priceList publication companyLocations companyLocationsCount",
    "Company": """id name externalId note createdAt updatedAt customerSince locations locationsCount contacts
        contactsCount mainContact ordersCount metafield metafields""",
    "CompanyLocation": """id name externalId note phone locale currency company billingAddress shippingAddress
        taxSettings catalogs createdAt updatedAt inCatalog ordersCount taxRegistrationId taxExemptions metafield
        metafields buyerExperienceConfiguration""",
    "BuyerExperienceConfiguration": "checkoutToDraft editableShippingAddress paymentTermsTemplate payNowOnly",
    "PaymentTermsTemplate": "id name dueInDays paymentTermsType description",
    "CompanyAddress": """id address1 address2 city companyName country countryCode firstName lastName phone province
        recipient zip zoneCode formattedAddress createdAt updatedAt""",
    "CompanyLocationTaxSettings": "taxExempt taxExemptions taxRegistrationId",
    "CompanyContact": "id company customer title locale isMainContact createdAt updatedAt",
    # Customers.
    "Customer": """id legacyResourceId firstName lastName displayName email phone defaultEmailAddress
        defaultPhoneNumber defaultAddress addresses addressesV2 note tags locale taxExempt taxExemptions state
        verifiedEmail createdAt updatedAt numberOfOrders amountSpent orders lastOrder companyContactProfiles
        metafield metafields canDelete""",
    "CustomerEmailAddress": "emailAddress marketingState",
    "CustomerPhoneNumber": "phoneNumber marketingState",
    "MailingAddress": """id firstName lastName name company address1 address2 city province provinceCode country
        countryCode countryCodeV2 zip phone formatted formattedArea latitude longitude""",
    # Orders.
    "Order": """id legacyResourceId name number confirmationNumber createdAt updatedAt processedAt cancelledAt
        cancelReason cancellation closed closedAt confirmed test note customAttributes tags poNumber email phone
        customerLocale sourceName sourceIdentifier app currencyCode presentmentCurrencyCode taxesIncluded taxExempt
        dutiesIncluded estimatedTaxes edited paymentGatewayNames discountCode discountCodes billingAddress
        shippingAddress displayAddress billingAddressMatchesShippingAddress customer purchasingEntity paymentTerms
        lineItems nonFulfillableLineItems shippingLine shippingLines discountApplications taxLines currentTaxLines
        transactions transactionsCount refunds returns returnStatus fulfillments fulfillmentsCount fulfillmentOrders
        fulfillable displayFinancialStatus displayFulfillmentStatus capturable canMarkAsPaid refundable restockable
        fullyPaid unpaid requiresShipping metafield metafields retailLocation physicalLocation publication
        subtotalLineItemsQuantity currentSubtotalLineItemsQuantity totalPriceSet subtotalPriceSet totalTaxSet
        totalDiscountsSet totalShippingPriceSet totalTipReceivedSet totalReceivedSet totalRefundedSet
        totalRefundedShippingSet totalOutstandingSet totalCapturableSet netPaymentSet originalTotalPriceSet
        originalTotalDutiesSet originalTotalAdditionalFeesSet cartDiscountAmountSet currentCartDiscountAmountSet
        currentTotalPriceSet currentSubtotalPriceSet currentTotalTaxSet currentTotalDiscountsSet
        currentShippingPriceSet currentTotalDutiesSet currentTotalAdditionalFeesSet refundDiscrepancySet
        totalCashRoundingAdjustment additionalFees totalWeight currentTotalWeight suggestedRefund merchantEditable
        merchantEditableErrors statusPageUrl clientIp shippingAddress""",
    "OrderCancellation": "staffNote",
    "CashRoundingAdjustment": "paymentSet refundSet",
    "AdditionalFee": "id name price taxLines",
    "LineItem": """id title name variantTitle sku vendor quantity currentQuantity unfulfilledQuantity
        refundableQuantity nonFulfillableQuantity fulfillableQuantity fulfillmentStatus product variant
        customAttributes requiresShipping taxable
        isGiftCard restockable merchantEditable lineItemGroup originalUnitPriceSet originalTotalSet
        discountedUnitPriceSet discountedUnitPriceAfterAllDiscountsSet discountedTotalSet totalDiscountSet
        priceAfterAllDiscountsBeforeTaxesSet unfulfilledOriginalTotalSet unfulfilledDiscountedTotalSet
        discountAllocations taxLines duties""",
    "LineItemGroup": "id title quantity productId variantId variantSku customAttributes",
    "Duty": "id price countryCodeOfOrigin harmonizedSystemCode taxLines",
    "ShippingLine": """id title code source carrierIdentifier custom deliveryCategory phone shippingRateHandle isRemoved
        originalPriceSet discountedPriceSet currentDiscountedPriceSet discountAllocations taxLines""",
    "TaxLine": "title rate ratePercentage priceSet channelLiable source",
    "DiscountAllocation": "allocatedAmountSet discountApplication",
    "DiscountCodeApplication": "allocationMethod index targetSelection targetType value code",
    "AutomaticDiscountApplication": "allocationMethod index targetSelection targetType value title",
    "ManualDiscountApplication": "allocationMethod index targetSelection targetType value title description",
    "ScriptDiscountApplication": "allocationMethod index targetSelection targetType value title",
    "PricingPercentageValue": "percentage",
    "OrderTransaction": """id kind status gateway formattedGateway amountSet parentTransaction paymentId processedAt
        createdAt errorCode manualPaymentGateway manuallyCapturable multiCapturable totalUnsettledSet test receiptJson
        order authorizationExpiresAt settlementCurrency settlementCurrencyRate maximumRefundableV2 amountRoundingSet
        accountNumber fees""",
    "TransactionFee": "id amount flatFee flatFeeName rate rateName taxAmount type",
    "Refund": """id legacyResourceId createdAt updatedAt processedAt note order return refundLineItems
        refundShippingLines orderAdjustments transactions totalRefundedSet duties""",
    "RefundLineItem": "id lineItem quantity restockType restocked location priceSet subtotalSet totalTaxSet",
    "RefundShippingLine": "id shippingLine subtotalAmountSet taxAmountSet",
    "RefundDuty": "amountSet originalDuty",
    "OrderAdjustment": "id reason amountSet taxAmountSet",
    "SuggestedRefund": """amountSet subtotalSet discountedSubtotalSet maximumRefundableSet totalTaxSet
        totalCartDiscountAmountSet totalDutiesSet shipping refundLineItems suggestedTransactions""",
    "ShippingRefund": "amountSet maximumRefundableSet taxSet",
    "SuggestedOrderTransaction": """amountSet gateway formattedGateway kind maximumRefundableSet parentTransaction
        accountNumber""",
    "PaymentTerms": "id paymentTermsName paymentTermsType dueInDays due overdue paymentSchedules translatedName",
    "PaymentSchedule": "id dueAt issuedAt completedAt amount balanceDue totalBalance due",
    "PurchasingCompany": "company location contact",
    "FulfillmentOrder": """id status requestStatus supportedActions assignedLocation deliveryMethod destination
        fulfillAt fulfillBy fulfillmentHolds fulfillments lineItems order orderId orderName orderProcessedAt createdAt
        updatedAt merchantRequests""",
    "FulfillmentOrderMerchantRequest": "id kind message sentAt",
    "FulfillmentOrderSupportedAction": "action externalUrl",
    "FulfillmentOrderAssignedLocation": "name location address1 address2 city countryCode phone province zip",
    "FulfillmentOrderDestination": """id firstName lastName company address1 address2 city province zip countryCode
        email phone""",
    "DeliveryMethod": "id methodType presentedName serviceCode sourceReference minDeliveryDateTime maxDeliveryDateTime",
    "FulfillmentHold": "id reason reasonNotes displayReason handle heldByRequestingApp",
    "FulfillmentOrderLineItem": """id lineItem remainingQuantity totalQuantity sku productTitle variantTitle vendor
        requiresShipping variant inventoryItemId weight""",
    "Fulfillment": """id legacyResourceId name status displayStatus trackingInfo fulfillmentLineItems
        fulfillmentOrders location order createdAt updatedAt deliveredAt inTransitAt estimatedDeliveryAt totalQuantity
        requiresShipping events""",
    "FulfillmentEvent": "id status message happenedAt createdAt city country province zip estimatedDeliveryAt",
    "FulfillmentTrackingInfo": "company number url",
    "FulfillmentLineItem": "id lineItem quantity originalTotalSet discountedTotalSet",
    "Return": """id name status order returnLineItems refunds reverseFulfillmentOrders totalQuantity createdAt closedAt
        requestApprovedAt decline""",
    "ReturnDecline": "note reason",
    "ReturnLineItem": """id quantity customerNote fulfillmentLineItem processableQuantity processedQuantity
        refundableQuantity refundedQuantity unprocessedQuantity returnReason returnReasonDefinition returnReasonNote
        withCodeDiscountedTotalPriceSet""",
    "ReturnReasonDefinition": "id handle name deleted",
    "ReverseFulfillmentOrder": "id status order lineItems",
    "ReverseFulfillmentOrderLineItem": "id totalQuantity dispositions fulfillmentLineItem",
    "ReverseFulfillmentOrderDisposition": "id type quantity location createdAt",
    "ReturnableFulfillment": "id fulfillment returnableFulfillmentLineItems",
    "ReturnableFulfillmentLineItem": "fulfillmentLineItem quantity",
    "CalculatedOrder": "id originalOrder lineItems addedLineItems totalPriceSet subtotalPriceSet",
    "CalculatedLineItem": "id sku title quantity variant",
    "GiftCard": "id maskedCode balance initialValue enabled lastCharacters createdAt expiresOn note customer order",
    "DiscountCodeNode": "id codeDiscount",
    "DiscountCodeBasic": "title status summary",
}

#: Unions: their members are cut down to the objects above.
UNIONS = frozenset(
    {
        "PricingValue",
        "PurchasingEntity",
        "WebhookSubscriptionEndpoint",
        "MetafieldReference",
        "DiscountCode",
    }
)

#: Input fields that nothing here would honour: left out, so that sending them is refused and not swallowed.
INPUT_FIELDS_LEFT_OUT = frozenset(
    [
        "claimOwnership",
        "combinedListingRole",
        "giftCardTemplateSuffix",
        "linkedMetafield",
        "linkedMetafieldValue",
        "taxCode",
        "requiresSellingPlan",
        "templateSuffix",
        "unitPriceMeasurement",
        "showUnitPrice",
        "countryHarmonizedSystemCodes",
        "localizationExtensions",
        "localizedFields",
        "exchangeLineItems",
        "returnShippingFee",
        "restockingFee",
        "tipLineId",
        "refundMethods",
        "storeCreditRefund",
        "subCollections",
        "shareableSource",
        "exclusion",
        "conditionsToCreate",
        "conditionsToUpdate",
        "conditionsToDelete",
        "conditions",
        "multipassIdentifier",
        "smsMarketingConsent",
        "emailMarketingConsent",
        "whatsAppMarketingConsent",
        "constraints",
        "validations",
        "access",
        "swatch",
        "shippingPackageId",
        "metafieldDefinitionConditionInput",
        "conditionObjectId",
        "channelId",
        "channelHandle",
        "publications",
        "deleteConflictingConstrainedMetafields",
    ]
)

#: Arguments that nothing here would honour.
ARGUMENTS_LEFT_OUT = frozenset(
    [
        "savedSearchId",
        "includeLegacy",
        "crop",
        "maxWidth",
        "maxHeight",
        "scale",
        "transform",
        "media",
        "stockAtLegacyLocation",
    ]
)
