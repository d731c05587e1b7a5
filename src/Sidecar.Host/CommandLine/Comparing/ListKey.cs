using Google.Protobuf;

namespace Sidecar.Host.CommandLine.Comparing;

/// <summary>What an entry of a list is about, by which the entries of two lists are matched.</summary>
/// <param name="Kind">The field that names it: a feature or a currency; empty where there is none.</param>
/// <param name="Id">Its id.</param>
internal readonly record struct ListKey(string Kind, string Id)
{
    /// <summary>The field of a feature.</summary>
    public const string Feature = "feature";

    /// <summary>The field of a currency.</summary>
    public const string Currency = "currency";

    private static readonly ListKey None = new("", "");

    /// <summary>That of an entry.</summary>
    public static ListKey Of(IMessage entry)
    {
        foreach (var choice in entry.Descriptor.Oneofs)
        {
            if (choice.IsSynthetic || choice.Accessor.GetCaseFieldDescriptor(entry)?.Accessor.GetValue(entry) is not IMessage chosen)
                continue;
            if (IdOf(chosen, Feature, "id") is { } feature)
                return new(Feature, feature);
            if (IdOf(chosen, Currency, "currency_id") is { } currency)
                return new(Currency, currency);
        }

        return None;
    }

    private static string? IdOf(IMessage message, string field, string id) =>
        message.Descriptor.FindFieldByName(field)?.Accessor.GetValue(message) is IMessage named
            ? named.Descriptor.FindFieldByName(id)?.Accessor.GetValue(named) as string
            : null;
}
