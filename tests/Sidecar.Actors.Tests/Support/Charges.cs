using Sidecar.Actors.Cache;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Support;

/// <summary>What a cache is to charge, worked out anew.</summary>
internal static class Charges
{
    /// <summary>What all views take, each part that customers have in common once.</summary>
    public static long OfViews(EntitlementCache cache)
    {
        var parts = new Dictionary<object, long>(ReferenceEqualityComparer.Instance);
        long bytes = 0;
        foreach (var views in cache.All())
        {
            bytes += views.Size;
            foreach (var view in views.Resources.Select(resource => resource.View).Concat(views.Own is { } own ? [own] : []))
            {
                foreach (var part in view.State.PartsOfTerms.Append(view.State.SharedTerms).Append(view.State.SharedLayout))
                    parts[part.Instance] = part.Size == 0 ? 0 : part.Size + SharedParts.CountBytes;
            }
        }

        return bytes + parts.Values.Sum();
    }

    /// <summary>What an entry takes in a cache of its own.</summary>
    public static long Of(EntryKey key, EntitlementView view)
    {
        var cache = new EntitlementCache(1L << 40);
        cache.Publish(key, view, 0);
        return cache.Bytes;
    }
}
