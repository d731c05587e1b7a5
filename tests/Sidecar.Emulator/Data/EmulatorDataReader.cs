namespace Sidecar.Emulator.Data;

/// <summary>
/// Reads the JSON form of the data. An object at the top with four maps, each from id to object:
/// <code>
/// features:   displayName, description, type (BOOLEAN NUMBER ENUM), meter (None Fluctuating Incremental), eventName, units,
///             unitsPlural, unitTransformation {divide, round (UP DOWN)}
/// currencies: displayName, description, units, unitsPlural, metaData {key: text}
/// plans:      entitlements {feature: grant}, credits {currency: credit grant}
/// customers:  plan, archived, subscribedAt, updatedAt, entitlements and credits (overriding the plan's, field by field),
///             usage {feature: usage}, creditUsage {currency: usage}, resources {id: the same but archived and resources}
///
/// grant:        limit, unlimited, softLimit, enumValues, resetPeriod (HOUR DAY WEEK MONTH YEAR), resetAccordingTo,
///               validUntil, creditRate {amount, currencyId}, accessDeniedReason
/// credit grant: amount, softLimit, resetPeriod, validUntil, accessDeniedReason; a number alone is the amount
/// usage:        currentUsage, usageUpdatedAt, usagePeriodAnchor, usagePeriodStart, usagePeriodEnd; a number alone is the usage
/// </code>
/// Dates are ISO 8601 with a zone, or count from the moment of reading: -45d, +12h, +30m, -10s. Comments are allowed.
/// </summary>
internal static class EmulatorDataReader
{
    public static EmulatorData ReadData(string json, DateTimeOffset now) => JsonCursor.Parse(json, now, cursor =>
    {
        var fields = cursor.Fields();
        var data = new EmulatorData
        {
            Features = fields.Map("features", ReadFeature),
            Currencies = fields.Map("currencies", ReadCurrency),
            Plans = fields.Map("plans", ReadPlan),
            Customers = fields.Map("customers", ReadCustomer),
        };
        fields.End();
        EmulatorDataRules.Check(data);
        return data;
    });

    public static Customer ReadCustomer(string json, DateTimeOffset now) => JsonCursor.Parse(json, now, ReadCustomer);

    private static Feature ReadFeature(JsonCursor cursor)
    {
        var fields = cursor.Fields();
        var feature = new Feature
        {
            DisplayName = fields.Required("displayName").Text(),
            Description = fields.Text("description"),
            Type = fields.Required("type").Word(Words.FeatureTypes),
            Meter = fields.Word("meter", Words.Meters) ?? Meter.None,
            EventName = fields.Text("eventName"),
            Units = fields.Text("units"),
            UnitsPlural = fields.Text("unitsPlural"),
            UnitTransformation = fields.Object("unitTransformation", ReadTransformation),
        };
        fields.End();
        return feature;
    }

    private static UnitTransformation ReadTransformation(JsonCursor cursor)
    {
        var fields = cursor.Fields();
        var transformation = new UnitTransformation(
            fields.Required("divide").Number(), fields.Required("round").Word(Words.Roundings));
        fields.End();
        return transformation;
    }

    private static Currency ReadCurrency(JsonCursor cursor)
    {
        var fields = cursor.Fields();
        var currency = new Currency
        {
            DisplayName = fields.Required("displayName").Text(),
            Description = fields.Text("description"),
            Units = fields.Text("units"),
            UnitsPlural = fields.Text("unitsPlural"),
            MetaData = fields.Map("metaData", text => text.Text()),
        };
        fields.End();
        return currency;
    }

    private static Plan ReadPlan(JsonCursor cursor)
    {
        var fields = cursor.Fields();
        var plan = new Plan
        {
            Entitlements = fields.Map("entitlements", ReadGrant),
            Credits = fields.Map("credits", ReadCreditGrant),
        };
        fields.End();
        return plan;
    }

    private static Grant ReadGrant(JsonCursor cursor)
    {
        var fields = cursor.Fields();
        var grant = new Grant
        {
            Limit = fields.Number("limit"),
            Unlimited = fields.Flag("unlimited"),
            SoftLimit = fields.Flag("softLimit"),
            EnumValues = fields.Texts("enumValues"),
            ResetPeriod = fields.Word("resetPeriod", Words.ResetPeriods),
            ResetAccordingTo = fields.Text("resetAccordingTo"),
            ValidUntil = fields.Date("validUntil"),
            CreditRate = fields.Object("creditRate", ReadCreditRate),
            AccessDeniedReason = fields.Word("accessDeniedReason", Words.DeniedReasons),
        };
        fields.End();
        return grant;
    }

    private static CreditRate ReadCreditRate(JsonCursor cursor)
    {
        var fields = cursor.Fields();
        var rate = new CreditRate(fields.Required("amount").Number(), fields.Required("currencyId").Text());
        fields.End();
        return rate;
    }

    private static CreditGrant ReadCreditGrant(JsonCursor cursor)
    {
        if (cursor.IsNumber)
            return new CreditGrant { Amount = cursor.Number() };
        var fields = cursor.Fields();
        var grant = new CreditGrant
        {
            Amount = fields.Number("amount"),
            SoftLimit = fields.Flag("softLimit"),
            ResetPeriod = fields.Word("resetPeriod", Words.ResetPeriods),
            ValidUntil = fields.Date("validUntil"),
            AccessDeniedReason = fields.Word("accessDeniedReason", Words.DeniedReasons),
        };
        fields.End();
        return grant;
    }

    private static Customer ReadCustomer(JsonCursor cursor)
    {
        var fields = cursor.Fields();
        var customer = ReadEntitled(fields, new Customer
        {
            Archived = fields.Flag("archived") ?? false,
            Resources = fields.Map("resources", ReadResource),
        });
        fields.End();
        return customer;
    }

    private static Resource ReadResource(JsonCursor cursor)
    {
        var fields = cursor.Fields();
        var resource = ReadEntitled(fields, new Resource());
        fields.End();
        return resource;
    }

    private static T ReadEntitled<T>(JsonFields fields, T entitled)
        where T : Entitled => entitled with
        {
            Plan = fields.Text("plan"),
            SubscribedAt = fields.Date("subscribedAt"),
            UpdatedAt = fields.Date("updatedAt"),
            Entitlements = fields.Map("entitlements", ReadGrant),
            Credits = fields.Map("credits", ReadCreditGrant),
            Usage = fields.Map("usage", ReadUsage),
            CreditUsage = fields.Map("creditUsage", ReadUsage),
        };

    private static Usage ReadUsage(JsonCursor cursor)
    {
        if (cursor.IsNumber)
            return new Usage { CurrentUsage = cursor.Number() };
        var fields = cursor.Fields();
        var usage = new Usage
        {
            CurrentUsage = fields.Required("currentUsage").Number(),
            UpdatedAt = fields.Date("usageUpdatedAt"),
            PeriodAnchor = fields.Date("usagePeriodAnchor"),
            PeriodStart = fields.Date("usagePeriodStart"),
            PeriodEnd = fields.Date("usagePeriodEnd"),
        };
        fields.End();
        return usage;
    }
}
