using System.Text.Json;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Protocol.Cloud;

/// <summary>Finds out whom news is about that can't be read as a whole. Slower than a reading, and only done in its stead.</summary>
internal static class StreamRescue
{
    /// <summary>What a <c>next</c> is about, as far as it can be told.</summary>
    /// <param name="payload">Its payload: JSON, or nothing.</param>
    public static (NewsKind Kind, EntryChanged? Changed) About(ReadOnlySpan<byte> payload)
    {
        var kind = NewsKind.Unknown;
        try
        {
            if (Field(payload, "data"u8, out var data) != Presence.Once)
                return (kind, null);
            var entitlements = Field(data, "entitlementsUpdatedV2"u8, out var told);
            var usage = Field(data, "usageUpdatedV2"u8, out var used);
            var package = Field(data, "packagePublished"u8, out _);
            switch (entitlements, usage, package)
            {
                case (Presence.Once, Presence.None, Presence.None):
                    return (kind = NewsKind.Entitlements, Changed(told, kind));
                case (Presence.None, Presence.Once, Presence.None):
                    kind = NewsKind.Usage;
                    if (Field(used, "entitlementReference"u8, out var reference) == Presence.Once
                        && TryText(reference, "type"u8, out var type) && Words.IsCredit(type) == true)
                        kind = NewsKind.CreditUsage;
                    return (kind, Changed(used, kind));
                case (Presence.None, Presence.None, not Presence.None):
                    return (NewsKind.Package, null);
                default:
                    return (kind, null);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (kind, null);
        }
    }

    private static EntryChanged? Changed(ReadOnlySpan<byte> news, NewsKind kind)
    {
        try
        {
            return TryText(news, "customerId"u8, out var customer)
                && TryText(news, "resourceId"u8, out var resource)
                && StreamReader.KeyOf(customer, resource, out var key) is null
                    ? new EntryChanged(key, kind)
                    : null;
        }
        catch (InvalidOperationException)
        {
            // An id that is no Unicode.
            return null;
        }
    }

    // A text, null where the field is null or absent; false where it is anything else.
    private static bool TryText(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name, out string? text)
    {
        text = null;
        var presence = Field(json, name, out var value);
        if (presence != Presence.Once)
            return presence == Presence.None;
        var reader = StreamReader.NewReader(value);
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            return false;
        text = reader.GetString();
        return true;
    }

    // The bytes of one of an object's fields. Null counts as none.
    private static Presence Field(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        var presence = Presence.None;
        var reader = StreamReader.NewReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            return presence;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isNamed = reader.ValueTextEquals(name);
            reader.Read();
            if (!isNamed || reader.TokenType == JsonTokenType.Null)
            {
                reader.Skip();
                continue;
            }

            presence = presence == Presence.None ? Presence.Once : Presence.Repeated;
            value = StreamReader.ValueAt(ref reader, json);
        }

        return presence;
    }

    private enum Presence
    {
        None = 0,
        Once,
        Repeated,
    }
}
