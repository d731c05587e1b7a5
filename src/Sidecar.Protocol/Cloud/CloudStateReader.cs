using System.Text.Json;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Cloud;

/// <summary>An error that the cloud tells in a body.</summary>
/// <param name="Message">Its text, at most 1 KiB of it.</param>
/// <param name="Code">Its code, or null.</param>
public sealed record CloudError(string Message, string? Code)
{
    /// <summary>The code of a key that is not valid.</summary>
    public const string Unauthenticated = "Unauthenticated";

    /// <summary>The code of too many requests.</summary>
    public const string RateLimitExceeded = "RateLimitExceeded";
}

/// <summary>What a body says.</summary>
/// <param name="State">The entry's state, or null where the body is a failure.</param>
/// <param name="Unreadable">Entitlements in it that could not be read and were passed over.</param>
/// <param name="Error">The error that the cloud tells, or null.</param>
/// <param name="Fault">What is wrong with the body, where it could not be read.</param>
public sealed record CloudBody(EntitlementState? State, int Unreadable = 0, CloudError? Error = null, string? Fault = null);

/// <summary>Reads the body of an entitlement read, as tolerant of what it does not know as the upstream contract asks for.</summary>
public static class CloudStateReader
{
    private const int LongestText = 1024;

    /// <summary>Reads a body.</summary>
    /// <param name="body">UTF-8 JSON, with or without a byte order mark.</param>
    public static CloudBody Read(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        if (body.StartsWith(mark))
            body = body[mark.Length..];

        try
        {
            return ToBody(JsonSerializer.Deserialize(body, WireJson.Default.WireEnvelope));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return new CloudBody(null, Fault: $"the body is not the JSON that is expected: {Cut(e.Message)}");
        }
    }

    /// <summary>The error that a body tells whose data does not matter, or null.</summary>
    /// <param name="body">UTF-8 JSON, or anything else: then it tells none.</param>
    public static CloudError? ReadErrors(ReadOnlySpan<byte> body)
    {
        try
        {
            return ErrorOf(JsonSerializer.Deserialize(body, WireJson.Default.WireErrors)?.Errors);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    // The one that tells most, of a list that may be empty or absent.
    internal static CloudError? ErrorOf(List<WireError?>? errors)
    {
        if (errors is not { Count: > 0 })
            return null;
        var error = errors.Find(e => e?.Extensions?.Code == CloudError.Unauthenticated) ?? errors[0];
        return new CloudError(Cut(error?.Message ?? "no message"), error?.Extensions?.Code is { } code ? Cut(code) : null);
    }

    private static CloudBody ToBody(WireEnvelope? envelope)
    {
        if (ErrorOf(envelope?.Errors) is { } error)
            return new CloudBody(null, Error: error);

        if (envelope?.Data?.EntitlementsState is not { } state)
            return new CloudBody(null, Fault: "the body has no data.entitlementsState");

        return ToState(state);
    }

    private static CloudBody ToState(WireState wire)
    {
        var reason = Words.Reason(wire.AccessDeniedReason);
        var list = wire.EntitlementsV2 ?? wire.Entitlements;
        if (list is null && reason is null)
            return new CloudBody(null, Fault: "the state has neither entitlements nor a reason");
        var entitlements = WireConversion.ToEntitlements(list, out var unreadable);

        return entitlements.Count == 0 && unreadable > 0
            ? new CloudBody(null, unreadable, Fault: "none of the entitlements can be read")
            : new CloudBody(EntitlementState.Create(reason, entitlements), unreadable);
    }

    private static string Cut(string text) => text.Length <= LongestText ? text : text[..LongestText];
}
