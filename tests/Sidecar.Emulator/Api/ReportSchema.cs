namespace Sidecar.Emulator.Api;

/// <summary>The part of the schema by which usage is reported.</summary>
internal static class ReportSchema
{
    public const string ReportUsage = "reportUsage";
    public const string ReportUsageBulk = "reportUsageBulk";
    public const string ReportEvent = "reportEvent";

    public const string Definition = """
        scalar Void

        type Mutation {
          reportUsage(input: ReportUsageInput!): UsageMeasurementWithCurrentUsage!
          reportUsageBulk(input: ReportUsageBulkInput!): [UsageMeasurementWithCurrentUsage!]!
          reportEvent(events: UsageEventsReportInput!): Void
        }

        enum UsageUpdateBehavior {
          DELTA
          SET
        }

        input ReportUsageInput {
          customerId: String!
          featureId: String!
          value: Float!
          resourceId: String
          updateBehavior: UsageUpdateBehavior
          createdAt: ISODate
          dimensions: JSON
          idempotencyKey: String
          environmentId: String
        }

        input ReportUsageBulkInput {
          usages: [ReportedUsageInput!]!
          environmentId: String
        }

        input ReportedUsageInput {
          customerId: String!
          featureId: String!
          value: Float!
          resourceId: String
          updateBehavior: UsageUpdateBehavior
          createdAt: ISODate
          dimensions: JSON
          idempotencyKey: String
        }

        input UsageEventsReportInput {
          usageEvents: [UsageEventInput!]!
          environmentId: String
        }

        input UsageEventInput {
          customerId: String!
          eventName: String!
          idempotencyKey: String!
          resourceId: String
          dimensions: JSON
          timestamp: ISODate
        }

        type UsageMeasurementWithCurrentUsage {
          id: String!
          featureId: String!
          customerId: String!
          resourceId: String
          currentUsage: Float
          usagePeriodStart: ISODate
          usagePeriodEnd: ISODate
          nextResetDate: ISODate
          timestamp: ISODate!
          credit: MeasuredCredit
        }

        type MeasuredCredit {
          currencyId: String!
          currentUsage: Float!
          usageLimit: Float!
          usagePeriodEnd: ISODate
          timestamp: ISODate!
          consumed: Float!
        }
        """;
}
