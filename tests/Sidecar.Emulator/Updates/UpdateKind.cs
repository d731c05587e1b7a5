using System.Collections.Immutable;

namespace Sidecar.Emulator.Updates;

/// <summary>What an update is about: the field of a subscription.</summary>
public enum UpdateKind
{
    /// <summary><c>entitlementsUpdatedV2</c>: the entitlements of a customer or a resource.</summary>
    Entitlements,

    /// <summary><c>usageUpdatedV2</c>: the usage of one entitlement.</summary>
    Usage,

    /// <summary><c>packagePublished</c>: a plan or an add-on.</summary>
    Package,
}

/// <summary>The names that the schema has for the kinds.</summary>
internal static class UpdateFields
{
    public static readonly ImmutableDictionary<string, UpdateKind> Kinds = ImmutableDictionary.CreateRange(
        StringComparer.Ordinal,
        [
            KeyValuePair.Create("entitlementsUpdatedV2", UpdateKind.Entitlements),
            KeyValuePair.Create("usageUpdatedV2", UpdateKind.Usage),
            KeyValuePair.Create("packagePublished", UpdateKind.Package),
        ]);

    public static string NameOf(UpdateKind kind) => Kinds.First(field => field.Value == kind).Key;
}
