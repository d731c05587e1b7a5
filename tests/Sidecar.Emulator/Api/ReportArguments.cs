using System.Collections;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using GraphQL.SystemTextJson;
using Sidecar.Emulator.Control;
using Sidecar.Emulator.Reports;
using Sidecar.Emulator.Requests;
using Fields = System.Collections.Generic.IDictionary<string, object?>;

namespace Sidecar.Emulator.Api;

/// <summary>The argument of one of the three mutations, which fits the schema.</summary>
internal sealed class ReportArguments(RequestTarget target, Fields argument)
{
    private static readonly GraphQLSerializer Serializer =
        new(options => options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    private readonly ImmutableArray<Fields> _items = target switch
    {
        RequestTarget.ApiUsage => [argument],
        RequestTarget.ApiUsageBulk => Items(argument["usages"]),
        _ => Items(argument["usageEvents"]),
    };

    /// <summary>What is reported, with the customer and the resource that all of it is about; several: none.</summary>
    public RequestSubject Subject
    {
        get
        {
            var customers = _items.Select(item => (string)item["customerId"]!).Distinct(StringComparer.Ordinal).Take(2).ToList();
            if (customers is not [var customerId])
                return new RequestSubject(target);
            var resources = _items.Select(item => Text(item, "resourceId")).Distinct(StringComparer.Ordinal).Take(2).ToList();
            return new RequestSubject(target, customerId, resources is [var resourceId] ? resourceId : null);
        }
    }

    /// <summary>Reads what is reported.</summary>
    /// <exception cref="ReportRefusalException">It keeps to the schema, but not to the rules.</exception>
    public Report Read() => target switch
    {
        RequestTarget.ApiUsage => new Report.Single(ReadMeasurement(argument)),
        RequestTarget.ApiUsageBulk => new Report.Bulk(ReadAll("usages", Report.MostMeasurements, ReadMeasurement)),
        _ => new Report.Events(ReadAll("usageEvents", Report.MostEvents, ReadEvent)),
    };

    private ImmutableArray<T> ReadAll<T>(string list, int most, Func<Fields, T> read)
    {
        if (_items.Length is 0 || _items.Length > most)
            throw ReportRefusalException.BadInput($"{list}: must hold from 1 to {most}, but holds {_items.Length}");
        return
        [
            .. _items.Select((item, i) =>
            {
                try
                {
                    return read(item);
                }
                catch (ReportRefusalException wrong)
                {
                    throw wrong.At($"{list}[{i}]");
                }
            }),
        ];
    }

    private static Measurement ReadMeasurement(Fields fields) => new()
    {
        CustomerId = Filled(fields, "customerId")!,
        ResourceId = Filled(fields, "resourceId"),
        FeatureId = Filled(fields, "featureId")!,
        Value = (double)fields["value"]!,
        Behavior = Text(fields, "updateBehavior") is "SET" ? UpdateBehavior.Set : UpdateBehavior.Delta,
        CreatedAt = Date(fields, "createdAt"),
        Dimensions = Dimensions(fields),
        IdempotencyKey = Filled(fields, "idempotencyKey"),
    };

    private static UsageEvent ReadEvent(Fields fields)
    {
        var happened = new UsageEvent
        {
            CustomerId = Filled(fields, "customerId")!,
            ResourceId = Filled(fields, "resourceId"),
            EventName = Filled(fields, "eventName")!,
            IdempotencyKey = Filled(fields, "idempotencyKey")!,
            Timestamp = Date(fields, "timestamp"),
            Dimensions = Dimensions(fields),
        };
        string?[] values = [happened.CustomerId, happened.ResourceId, happened.EventName, happened.IdempotencyKey, happened.Dimensions];
        return values.Sum(value => Encoding.UTF8.GetByteCount(value ?? "")) <= Report.MostEventBytes
            ? happened
            : throw ReportRefusalException.BadInput($"an event must not hold more than {Report.MostEventBytes} bytes");
    }

    private static string? Dimensions(Fields fields)
    {
        if (fields.TryGetValue("dimensions", out var given) && given is not null)
        {
            if (given is not Fields dimensions)
                throw ReportRefusalException.BadInput("dimensions: must be an object");
            foreach (var (name, value) in dimensions)
                if (value is null or Fields || (value is IEnumerable && value is not string))
                    throw ReportRefusalException.BadInput($"dimensions: \"{name}\" must be a text, a number, true or false");
            return Serializer.Serialize(dimensions);
        }
        return null;
    }

    private static string? Filled(Fields fields, string name) => Text(fields, name) is var text && text is not ""
        ? text
        : throw ReportRefusalException.BadInput($"{name}: must not be empty");

    private static string? Text(Fields fields, string name) => fields.TryGetValue(name, out var value) ? (string?)value : null;

    private static DateTimeOffset? Date(Fields fields, string name) =>
        fields.TryGetValue(name, out var value) ? (DateTimeOffset?)value : null;

    private static ImmutableArray<Fields> Items(object? list) => [.. ((IEnumerable)list!).Cast<Fields>()];
}
