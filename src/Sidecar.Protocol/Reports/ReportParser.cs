using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Sidecar.Protocol.Entitlements;
using Stigg.Sidecar.V1;

namespace Sidecar.Protocol.Reports;

/// <summary>A request that makes no sense. Its message names the field and what is wrong with it, and fits into a status message.</summary>
/// <param name="message">The message.</param>
public sealed class ReportFormatException(string message) : FormatException(message);

/// <summary>
/// Reads the requests of the three reporting calls, and refuses what makes no sense before anything is sent (the operations contract, "Bad
/// requests"). Nothing of a report with one fault in it is sent.
/// </summary>
public static class ReportParser
{
    /// <summary>The longest id, in bytes of UTF-8.</summary>
    public const int MaxIdBytes = 1024;

    /// <summary>The most usages of one call.</summary>
    public const int MaxUsages = 100;

    /// <summary>The most events of one call.</summary>
    public const int MaxEvents = 1_000;

    // Of protobuf's own definition: the years 1 to 9999.
    private const long FirstSecond = -62_135_596_800;
    private const long LastSecond = 253_402_300_799;
    private const int NanosecondsInSecond = 1_000_000_000;

    private const int ExcerptLength = 40;

    /// <summary>Reads one usage.</summary>
    /// <param name="request">The request.</param>
    /// <param name="idempotencyKey">The caller's key, or empty where it gave none.</param>
    /// <param name="newKey">Makes a key where the caller gave none.</param>
    /// <exception cref="ReportFormatException">It makes no sense.</exception>
    public static UsageReport Parse(ReportUsageRequest request, string idempotencyKey, Func<string> newKey)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(newKey);
        CheckLength(idempotencyKey, IdempotencyKeyName);
        return new UsageReport([Measured(request, "", idempotencyKey.Length > 0 ? idempotencyKey : newKey())], IsBulk: false);
    }

    /// <summary>Reads some usages. The caller's key becomes that of each with its place appended.</summary>
    /// <inheritdoc cref="Parse(ReportUsageRequest, string, Func{string})"/>
    public static UsageReport Parse(ReportUsageBulkRequest request, string idempotencyKey, Func<string> newKey)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(newKey);
        CheckLength(idempotencyKey, IdempotencyKeyName);
        CheckCount(request.Usages.Count, "usages", MaxUsages);
        var measurements = ImmutableArray.CreateBuilder<Measurement>(request.Usages.Count);
        for (var i = 0; i < request.Usages.Count; i++)
        {
            var key = idempotencyKey.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"{idempotencyKey}-{i}") : newKey();
            measurements.Add(Measured(request.Usages[i], Place("usages", i), key));
        }

        return new UsageReport(measurements.MoveToImmutable(), IsBulk: true);
    }

    /// <summary>Reads some events.</summary>
    /// <exception cref="ReportFormatException">It makes no sense.</exception>
    public static EventReport Parse(ReportEventsRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        CheckCount(request.Events.Count, "events", MaxEvents);
        var events = ImmutableArray.CreateBuilder<HappenedEvent>(request.Events.Count);
        for (var i = 0; i < request.Events.Count; i++)
        {
            var (happened, at) = (request.Events[i], Place("events", i));
            var name = Id(happened.EventName, at, "event_name");
            var key = Key(happened.CustomerId, happened.ResourceId, at);
            events.Add(new HappenedEvent(key, name, Id(happened.IdempotencyKey, at, "idempotency_key"))
            {
                At = Instant(happened.Timestamp, at),
                Dimensions = Dimensions(happened.Dimensions, at),
            });
        }

        return new EventReport(events.MoveToImmutable());
    }

    // As callers know it: it comes beside the request.
    private const string IdempotencyKeyName = "the metadata's idempotency-key";

    private static Measurement Measured(ReportUsageRequest request, string at, string idempotencyKey)
    {
        var key = Key(request.CustomerId, request.ResourceId, at);
        var featureId = Id(request.FeatureId, at, "feature_id");
        if (!double.IsFinite(request.Value))
            throw Wrong($"{at}value is {request.Value}, expected a finite number");
        // A word of a later release adds, as no word does.
        var isSet = request.UpdateBehavior == UsageUpdateBehavior.Set;
        var dimensions = Dimensions(request.Dimensions, at);
        if (!isSet && request.Value is 0 && dimensions.IsEmpty)
            throw Wrong($"{at}value is 0 and {at}dimensions is empty, expected one of them, or update_behavior SET");
        return new Measurement(key, featureId, request.Value, idempotencyKey)
        {
            IsSet = isSet,
            At = Instant(request.Timestamp, at),
            Dimensions = dimensions,
        };
    }

    // A resource that is present but empty is the same as absent.
    private static EntryKey Key(string customerId, string resourceId, string at)
    {
        Id(customerId, at, "customer_id");
        if (resourceId.Length == 0)
            return new EntryKey(customerId);
        CheckLength(resourceId, at + "resource_id");
        return new EntryKey(customerId, resourceId);
    }

    private static string Id(string id, string at, string field)
    {
        if (id.Length == 0)
            throw Wrong($"{at}{field} is empty, expected an id");
        CheckLength(id, at + field);
        return id;
    }

    private static DateTimeOffset? Instant(Timestamp? timestamp, string at)
    {
        if (timestamp is null)
            return null;
        if (timestamp.Seconds is < FirstSecond or > LastSecond || timestamp.Nanos is < 0 or >= NanosecondsInSecond)
            throw Wrong($"{at}timestamp is {timestamp.Seconds} s and {timestamp.Nanos} ns since 1970, expected an instant of the years 1 to 9999");
        return timestamp.ToDateTimeOffset();
    }

    // In the order of their names, so that the same report is always told in the same words.
    private static ImmutableArray<Dimension> Dimensions(MapField<string, EventDimensionValue> dimensions, string at)
    {
        if (dimensions.Count == 0)
            return [];
        var given = ImmutableArray.CreateBuilder<Dimension>(dimensions.Count);
        foreach (var (name, value) in dimensions.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            // Some clients send entries without a value.
            if (value is null || value.ValueCase == EventDimensionValue.ValueOneofCase.None)
                continue;
            if (value.ValueCase == EventDimensionValue.ValueOneofCase.NumberValue && !double.IsFinite(value.NumberValue))
                throw Wrong($"{at}dimensions['{Excerpt.Of(name, ExcerptLength)}'] is {value.NumberValue}, expected a finite number");
            given.Add(new Dimension(name, value.Clone()));
        }

        return given.ToImmutable();
    }

    private static void CheckCount(int count, string field, int most)
    {
        if (count == 0)
            throw Wrong($"{field} is empty, expected 1 to {most} elements");
        if (count > most)
            throw Wrong($"{field} has {count} elements, expected at most {most}");
    }

    private static void CheckLength(string id, string field)
    {
        // A character takes at most three bytes: most ids need no count.
        if (id.Length > MaxIdBytes / 3 && Encoding.UTF8.GetByteCount(id) is var bytes && bytes > MaxIdBytes)
            throw Wrong($"{field} is {bytes} bytes long, expected at most {MaxIdBytes}");
    }

    private static string Place(string field, int index) => string.Create(CultureInfo.InvariantCulture, $"{field}[{index}].");

    private static ReportFormatException Wrong(FormattableString message) => new(message.ToString(CultureInfo.InvariantCulture));
}
