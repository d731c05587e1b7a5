using System.Buffers;
using System.Text.Json;
using Sidecar.Actors.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Host.ServiceStatus;

/// <summary>What the status page asks for every five seconds: the verdict, the numbers as they are shown, and the last 15 minutes.</summary>
internal static class StatusJson
{
    /// <summary>Writes it.</summary>
    /// <param name="report">How the process stands.</param>
    /// <param name="samples">How it stood, oldest first.</param>
    public static ReadOnlyMemory<byte> Write(StatusReport report, IReadOnlyList<StatusSample> samples)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(buffer))
            Write(json, report, samples);
        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, StatusReport report, IReadOnlyList<StatusSample> samples)
    {
        var (facts, verdict) = (report.Facts, report.Verdict);
        json.WriteStartObject();
        json.WriteString("state", NameOf(verdict.State));
        json.WriteString("title", StatusFields.TitleOf(verdict.State));
        json.WriteString("summary", StatusFields.SummaryOf(verdict));
        json.WriteString("at", facts.At);
        json.WriteStartArray("causes");
        foreach (var cause in verdict.Causes)
        {
            json.WriteStartObject();
            json.WriteString("name", cause.Name);
            json.WriteString("what", cause.What);
            json.WriteString("advice", cause.Advice);
            json.WriteBoolean("isOutage", cause.IsOutage);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("fields");
        foreach (var (name, text) in StatusFields.Of(report))
            json.WriteString(name, text);
        json.WriteEndObject();
        json.WriteStartArray("troubled");
        foreach (var name in StatusFields.Troubled(report))
            json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteNumber("cacheMaxBytes", facts.CacheMaxBytes);
        json.WriteStartObject("series");
        WriteSeries(json, "secondsAgo", samples, sample => (facts.Uptime - sample.Uptime).TotalSeconds);
        WriteSeries(json, "states", samples, static sample => (int)sample.State);
        WriteRates(json, "memory", samples, static counts => counts[AnswerSource.Memory]);
        WriteRates(json, "read", samples, static counts => counts[AnswerSource.Redis] + counts[AnswerSource.Upstream]);
        WriteRates(json, "stale", samples, static counts => counts[AnswerSource.Stale]);
        WriteRates(json, "fallback", samples, static counts => counts.Fallbacks);
        WriteSeries(json, "hitRate", samples, static sample => sample.Counts.HitRate);
        WriteSeries(json, "p50", samples, static sample => sample.Counts.Latency(0.5));
        WriteSeries(json, "p99", samples, static sample => sample.Counts.Latency(0.99));
        WriteRates(json, "requests", samples, static counts => counts.Requests(CloudPath.Edge) + counts.Requests(CloudPath.Api));
        WriteRates(json, "requestFailures", samples, static counts => counts.Failures(CloudPath.Edge) + counts.Failures(CloudPath.Api));
        WriteSeries(json, "streamAge", samples, static sample => sample.StreamAge);
        WriteRates(json, "redis", samples, static counts => counts[StatusCount.RedisSuccesses] + counts[StatusCount.RedisFailures]);
        WriteRates(json, "redisFailures", samples, static counts => counts[StatusCount.RedisFailures]);
        WriteSeries(json, "cacheBytes", samples, static sample => sample.CacheBytes);
        WriteRates(json, "evictions", samples, static counts => counts[StatusCount.Evictions]);
        WriteRates(json, "returns", samples, static counts => counts[StatusCount.Returns]);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A verdict's name for programs.</summary>
    public static string NameOf(StatusState state) => state switch
    {
        StatusState.Healthy => "healthy",
        StatusState.Degraded => "degraded",
        _ => "down",
    };

    private static void WriteRates(Utf8JsonWriter json, string name, IReadOnlyList<StatusSample> samples, Func<StatusCounts, long> count) =>
        WriteSeries(json, name, samples, sample => new StatusRates(sample.Length, sample.Counts).PerSecond(count(sample.Counts)));

    private static void WriteSeries(Utf8JsonWriter json, string name, IReadOnlyList<StatusSample> samples, Func<StatusSample, double?> value)
    {
        json.WriteStartArray(name);
        foreach (var sample in samples)
        {
            // Four digits are more than can be seen.
            if (value(sample) is { } number)
                json.WriteNumberValue(number == Math.Floor(number) ? number : double.Parse(number.ToString("G4", Culture), Culture));
            else
                json.WriteNullValue();
        }

        json.WriteEndArray();
    }

    private static readonly System.Globalization.CultureInfo Culture = System.Globalization.CultureInfo.InvariantCulture;
}
