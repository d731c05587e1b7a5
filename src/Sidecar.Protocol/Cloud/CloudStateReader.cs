using System.Text.Json;
using Sidecar.Protocol.Entitlements;
using AccessDeniedReason = Stigg.Sidecar.V1.AccessDeniedReason;

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

    private static readonly WireFields BodyFields = WireFields.Of<BodyField>();
    private static readonly WireFields DataFields = new("entitlementsState");
    private static readonly WireFields StateFields = WireFields.Of<StateField>();

    private enum BodyField
    {
        Unknown = 0,
        Data,
        Errors,
    }

    private enum StateField
    {
        Unknown = 0,
        AccessDeniedReason,
        EntitlementsV2,

        // The older form.
        Entitlements,
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">UTF-8 JSON, with or without a byte order mark.</param>
    public static CloudBody Read(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        if (body.StartsWith(mark))
            body = body[mark.Length..];

        try
        {
            return ReadBody(body);
        }
        catch (Exception e) when (WireValue.IsOfReading(e))
        {
            return new CloudBody(null, Fault: $"the body is not the JSON that is expected: {Excerpt.Of(e.Message, LongestText)}");
        }
    }

    /// <summary>The error that a body tells whose data does not matter, or null.</summary>
    /// <param name="body">UTF-8 JSON, or anything else: then it tells none.</param>
    public static CloudError? ReadErrors(ReadOnlySpan<byte> body)
    {
        try
        {
            return ErrorOf(JsonSerializer.Deserialize(body, WireErrorJson.Default.WireErrors)?.Errors);
        }
        catch (Exception e) when (WireValue.IsOfReading(e))
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

    private static CloudBody ReadBody(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8);
        json.Read();
        CloudBody? body = null;
        List<WireError?>? errors = null;
        if (WireValue.IsObject(ref json))
        {
            while (BodyFields.Next(ref json, out var field))
            {
                switch ((BodyField)field)
                {
                    case BodyField.Data:
                        body = ReadData(ref json);
                        break;
                    case BodyField.Errors:
                        errors = JsonSerializer.Deserialize(ref json, WireErrorJson.Default.ListWireError);
                        break;
                    default:
                        json.Skip();
                        break;
                }
            }
        }

        // Throws where something follows.
        json.Read();
        return ErrorOf(errors) is { } error ? new CloudBody(null, Error: error)
            : body ?? new CloudBody(null, Fault: "the body has no data.entitlementsState");
    }

    // Null where there is no state.
    private static CloudBody? ReadData(scoped ref Utf8JsonReader json)
    {
        CloudBody? body = null;
        if (!WireValue.IsObject(ref json))
            return null;
        while (DataFields.Next(ref json, out var field))
        {
            if (field != 0)
                body = ReadState(ref json);
            else
                json.Skip();
        }

        return body;
    }

    private static CloudBody? ReadState(scoped ref Utf8JsonReader json)
    {
        if (!WireValue.IsObject(ref json))
            return null;
        WireEntitlements? newer = null, older = null;
        AccessDeniedReason? reason = null;
        while (StateFields.Next(ref json, out var field))
        {
            switch ((StateField)field)
            {
                case StateField.AccessDeniedReason:
                    reason = Words.Reason(WireValue.Text(ref json).Utf8);
                    break;
                case StateField.EntitlementsV2:
                    newer = WireEntitlements.Read(ref json);
                    break;
                case StateField.Entitlements:
                    older = WireEntitlements.Read(ref json);
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        var list = newer ?? older;
        if (list is null)
        {
            return reason is null
                ? new CloudBody(null, Fault: "the state has neither entitlements nor a reason")
                : new CloudBody(EntitlementState.Create(reason, []));
        }

        return list.All.Count == 0 && list.Unreadable > 0
            ? new CloudBody(null, list.Unreadable, Fault: "none of the entitlements can be read")
            : new CloudBody(EntitlementState.Of(reason, list.All), list.Unreadable);
    }

    private static string Cut(string text) => text.Length <= LongestText ? text : text[..LongestText];
}
