using System.Collections.Immutable;
using System.Text.Json;
using GraphQL;
using GraphQL.Resolvers;
using GraphQL.Types;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Updates;

namespace Sidecar.Emulator.Api;

/// <summary>The schema of the API, and what its fields say: the fields of the JSON below an operation, by name.</summary>
internal static class ApiSchema
{
    // Words of a closed set are texts here: in an answer nobody can tell the two apart. What both kinds of entitlement have is
    // of one type, or no document could ask for both without aliases.
    private const string Definition = """
        scalar JSON
        scalar ISODate

        type Query {
          entitlementsState(query: FetchEntitlementsQuery!): EntitlementsState!
          sdkConfiguration: SdkConfiguration!
        }

        type Subscription {
          entitlementsUpdatedV2: EntitlementsUpdated!
          usageUpdatedV2: UsageUpdated!
          packagePublished: PackagePublished!
        }

        type EntitlementsUpdated {
          customerId: String!
          resourceId: String
          accessDeniedReason: String
          entitlements: [Entitlement!]!
        }

        type UsageUpdated {
          customerId: String!
          resourceId: String
          entitlementReference: EntitlementReference!
          usage: UpdatedUsage!
        }

        type EntitlementReference {
          id: String!
          type: String!
        }

        type UpdatedUsage {
          currentUsage: Float!
          usageUpdatedAt: ISODate
          usagePeriodStart: ISODate
          usagePeriodEnd: ISODate
        }

        type PackagePublished {
          packageType: String!
          packageRefId: String!
          packageVersion: Int!
          migrationType: String!
          accountId: String!
          environmentId: String!
        }

        input FetchEntitlementsQuery {
          customerId: String!
          resourceId: String
        }

        type SdkConfiguration {
          sentryDsn: String
          isWidgetWatermarkEnabled: Boolean!
        }

        type EntitlementsState {
          accessDeniedReason: String
          entitlementsV2: [Entitlement!]!
        }

        union Entitlement = FeatureEntitlement | CreditEntitlement

        type FeatureEntitlement {
          isGranted: Boolean!
          accessDeniedReason: String
          usageLimit: Float
          hasUnlimitedUsage: Boolean!
          hasSoftLimit: Boolean
          currentUsage: Float
          enumValues: [String!]
          entitlementUpdatedAt: ISODate
          usageUpdatedAt: ISODate
          usagePeriodAnchor: ISODate
          usagePeriodStart: ISODate
          usagePeriodEnd: ISODate
          resetPeriod: String
          resetPeriodConfiguration: ResetPeriodConfiguration
          feature: EntitlementFeature
          creditRate: CreditRate
          validUntil: ISODate
        }

        union ResetPeriodConfiguration = YearlyResetPeriodConfig | MonthlyResetPeriodConfig | WeeklyResetPeriodConfig

        type YearlyResetPeriodConfig {
          yearlyAccordingTo: String!
        }

        type MonthlyResetPeriodConfig {
          monthlyAccordingTo: String!
        }

        type WeeklyResetPeriodConfig {
          weeklyAccordingTo: String!
        }

        type EntitlementFeature {
          refId: String!
          displayName: String!
          description: String
          featureType: String!
          meterType: String
          featureUnits: String
          featureUnitsPlural: String
          unitTransformation: UnitTransformation
        }

        type UnitTransformation {
          divide: Float!
          round: String!
        }

        type CreditRate {
          amount: Float!
          currencyId: String!
        }

        type CreditEntitlement {
          isGranted: Boolean!
          accessDeniedReason: String
          currency: EntitlementCurrency!
          usageLimit: Float
          currentUsage: Float
          hasSoftLimit: Boolean
          usageUpdatedAt: ISODate
          entitlementUpdatedAt: ISODate
          usagePeriodEnd: ISODate
          validUntil: ISODate
        }

        type EntitlementCurrency {
          currencyId: String!
          displayName: String!
          description: String
          unitSingular: String
          unitPlural: String
          additionalMetaData: JSON
        }
        """;

    private static readonly Lazy<ISchema> Built = new(Build);

    /// <summary>The schema, ready for use by many at once.</summary>
    public static ISchema Instance => Built.Value;

    /// <summary>What the fields of a query are for. One that is not here can't be asked for.</summary>
    public static ImmutableDictionary<string, RequestTarget> Queries { get; } = ImmutableDictionary.CreateRange(
        StringComparer.Ordinal,
        [
            KeyValuePair.Create("entitlementsState", RequestTarget.ApiState),
            KeyValuePair.Create("sdkConfiguration", RequestTarget.ApiConfig),
        ]);

    /// <summary>The same of a mutation.</summary>
    public static ImmutableDictionary<string, RequestTarget> Mutations { get; } = ImmutableDictionary.CreateRange(
        StringComparer.Ordinal,
        [
            KeyValuePair.Create(ReportSchema.ReportUsage, RequestTarget.ApiUsage),
            KeyValuePair.Create(ReportSchema.ReportUsageBulk, RequestTarget.ApiUsageBulk),
            KeyValuePair.Create(ReportSchema.ReportEvent, RequestTarget.ApiEvents),
        ]);

    private static Schema Build()
    {
        var schema = Schema.For($"{Definition}\n{ReportSchema.Definition}", builder =>
        {
            // The parts of a union know their values by the name that Edge gives them.
            foreach (var type in (string[])
                [
                    "FeatureEntitlement", "CreditEntitlement",
                    "YearlyResetPeriodConfig", "MonthlyResetPeriodConfig", "WeeklyResetPeriodConfig",
                ])
                builder.Types.For(type).IsTypeOfFunc = source =>
                    source is JsonElement json && json.GetProperty("__typename").ValueEquals(type);
            // No schema comes without them; updates are told another way, see the selections that are prepared of documents.
            foreach (var field in UpdateFields.Kinds.Keys)
                builder.Types.For("Subscription").FieldFor(field).StreamResolver =
                    new SourceStreamResolver<JsonElement>(IObservable<JsonElement> (_) => throw new NotSupportedException());
        });
        schema.RegisterTypes(new VerbatimScalar("JSON"), new VerbatimScalar("Void"), new DateScalar("ISODate"));
        schema.Initialize();
        var told = new FuncFieldResolver<JsonElement, object>(context => Told(context.Source, context.FieldDefinition.Name));
        // The schema's own description has resolvers of its own.
        foreach (var type in schema.AllTypes.OfType<IObjectGraphType>().Where(type => !type.Name.StartsWith("__", StringComparison.Ordinal)))
            foreach (var field in type.Fields)
                field.Resolver = told;
        return schema;
    }

    private static object? Told(JsonElement source, string field) => source.TryGetProperty(field, out var value) ? Value(value) : null;

    private static object? Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Number => json.GetDouble(),
        JsonValueKind.True or JsonValueKind.False => json.GetBoolean(),
        JsonValueKind.Array => json.EnumerateArray().Select(Value).ToList(),
        _ => json,
    };
}
