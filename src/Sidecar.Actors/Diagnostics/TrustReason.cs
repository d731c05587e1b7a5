using System.Globalization;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Diagnostics;

/// <summary>Says in words why a view is trusted as far as <see cref="FreshnessRules"/> say. Pure; the rule itself stands there.</summary>
internal static class TrustReason
{
    /// <summary>Says why.</summary>
    /// <param name="view">The view.</param>
    /// <param name="customer">The customer's own view, where this one is of a resource.</param>
    /// <param name="isOfResource">Whether it is.</param>
    /// <param name="now">The present.</param>
    /// <param name="stream">What is known of the stream.</param>
    /// <param name="nodeEpoch">The node's present epoch.</param>
    /// <param name="rules">The ages.</param>
    public static string Of(
        EntitlementView view, EntitlementView? customer, bool isOfResource, in Moment now, in StreamState stream, long nodeEpoch, FreshnessRules rules)
    {
        var isBehind = isOfResource && (customer is null || customer.SetNumber > view.ReadNumber);
        if (isBehind && rules.Judge(view, now, stream, nodeEpoch) < Freshness.Suspect)
            return customer is null ? "the customer's own entry is not in memory" : "the customer's own set was replaced since it was read";
        return OfOne(view, now, stream, nodeEpoch, rules);
    }

    private static string OfOne(EntitlementView view, in Moment now, in StreamState stream, long nodeEpoch, FreshnessRules rules)
    {
        var trust = rules.Judge(view, now, stream, nodeEpoch);
        var age = now.Uptime - view.ReadStartedAt;
        if (trust == Freshness.Expired)
        {
            return view.State.IsUnknown && !(view.State.ValidUntil <= now.Utc)
                ? $"the cloud did not know it {Seconds(age)} ago, which is believed for {Seconds(stream.IsUp ? rules.UnknownMaxAge : FreshnessRules.UnknownMaxAgeWithoutStream)}"
                : $"validUntil of one entitlement has passed ({view.State.ValidUntil?.ToString("O", CultureInfo.InvariantCulture)})";
        }

        if (view.IsInvalidated)
            return "something said since that it may be out of date";
        if (view.NodeEpoch < nodeEpoch)
            return "something since concerned all customers: the stream came up, a publish to everybody, or another key";
        if (view.Lease is { } lease)
            return OfLease(lease, trust, now.Uptime);
        if (trust == Freshness.Suspect)
            return stream.IsUp ? "it was read before the stream of updates came up" : $"it is {Seconds(age)} old, and there is no stream of updates";
        if (view.IsUnconfirmed)
            return "it came from Redis, and no read has confirmed it yet";
        return stream.IsUp ? "the stream of updates is up, and was when it was read"
            : trust == Freshness.Revalidate ? $"it is {Seconds(age)} old, more than {Seconds(rules.RevalidateAfter)}, and there is no stream of updates"
            : $"it is {Seconds(age)} old, not more than {Seconds(rules.RevalidateAfter)}";
    }

    private static string OfLease(Lease lease, Freshness trust, TimeSpan uptime) => trust switch
    {
        Freshness.Suspect => "its lease is over",
        Freshness.Revalidate when lease.Owner is { IsLost: true } => "the node that granted its lease is lost",
        Freshness.Revalidate => "its lease is to be renewed, or is of what its owner has not confirmed",
        _ => $"another node granted it, for {Seconds(lease.Until - uptime)} still",
    };

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s";
}
