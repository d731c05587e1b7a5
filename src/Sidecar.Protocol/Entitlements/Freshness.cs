namespace Sidecar.Protocol.Entitlements;

/// <summary>How far a view can be trusted, in the order of what a question has to wait for.</summary>
public enum Freshness
{
    /// <summary>Answer from it.</summary>
    Fresh = 0,

    /// <summary>Answer from it, and read again behind the answer.</summary>
    Revalidate,

    /// <summary>Read again; wait a little, then answer from it.</summary>
    Suspect,

    /// <summary>Read again; wait as long as a first read may take, then answer from it.</summary>
    Expired,
}

/// <summary>What is known of the stream of updates.</summary>
/// <param name="IsUp">Whether a connection is up now.</param>
/// <param name="UpSince">When the present connection came up; the last one's where none is up now.</param>
/// <param name="LastSignOfLife">When anything was last heard over that connection.</param>
public readonly record struct StreamState(bool IsUp, TimeSpan UpSince, TimeSpan LastSignOfLife)
{
    /// <summary>No stream, and none ever.</summary>
    public static readonly StreamState Off = new(IsUp: false, TimeSpan.MaxValue, TimeSpan.Zero);
}

/// <summary>The ages at which a view loses trust, and the rule that applies them.</summary>
public sealed record FreshnessRules
{
    /// <summary>Default of <see cref="RevalidateAfter"/>.</summary>
    public static readonly TimeSpan DefaultRevalidateAfter = TimeSpan.FromSeconds(10);

    /// <summary>Default of <see cref="MaxAge"/>.</summary>
    public static readonly TimeSpan DefaultMaxAge = TimeSpan.FromSeconds(60);

    /// <summary>Default of <see cref="UnknownMaxAge"/>.</summary>
    public static readonly TimeSpan DefaultUnknownMaxAge = TimeSpan.FromSeconds(60);

    /// <summary>The longest that an unknown customer is taken as such while no stream would bring its arrival.</summary>
    public static readonly TimeSpan UnknownMaxAgeWithoutStream = TimeSpan.FromSeconds(5);

    /// <summary>Without a stream, from this age on a view is read again behind the answer (<c>CACHE_REVALIDATE_SECONDS</c>).</summary>
    public TimeSpan RevalidateAfter { get; init; } = DefaultRevalidateAfter;

    /// <summary>Without a stream, beyond this age a view is suspect (<c>CACHE_MAX_AGE_SECONDS</c>).</summary>
    public TimeSpan MaxAge { get; init; } = DefaultMaxAge;

    /// <summary>With a stream, how long an unknown customer is taken as such (<c>NEGATIVE_CACHE_SECONDS</c>).</summary>
    public TimeSpan UnknownMaxAge { get; init; } = DefaultUnknownMaxAge;

    /// <summary>Judges a view.</summary>
    /// <param name="view">The view.</param>
    /// <param name="now">The present.</param>
    /// <param name="stream">What is known of the stream.</param>
    /// <param name="nodeEpoch">The node's present epoch.</param>
    public Freshness Judge(EntitlementView view, in Moment now, in StreamState stream, long nodeEpoch)
    {
        if (view.State.ValidUntil <= now.Utc
            && (now.Uptime >= view.ServeExpiredUntil || view.State.HasExpiryBetween(view.ServedExpiriesUpTo, now.Utc)))
            return Freshness.Expired;

        // What a connection that is gone brought up to its last sign of life is as good as read then.
        var isCurrentWithStream = view.ReadStartedAt >= stream.UpSince;
        var goodUntil = isCurrentWithStream && stream.LastSignOfLife > view.ReadStartedAt ? stream.LastSignOfLife : view.ReadStartedAt;
        var age = now.Uptime - goodUntil;

        if (view.State.IsUnknown)
        {
            // A sign of life says nothing of this age: an arrival that was missed must come to light all the same.
            if (now.Uptime - view.ReadStartedAt > UnknownMaxAge || (!stream.IsUp && age > UnknownMaxAgeWithoutStream))
                return Freshness.Expired;
        }

        if (view.IsInvalidated || view.NodeEpoch < nodeEpoch)
            return Freshness.Suspect;

        if (view.Lease is { } lease)
            return Judge(lease, view.IsUnconfirmed, now.Uptime);

        if (stream.IsUp)
        {
            return !isCurrentWithStream ? Freshness.Suspect
                : view.IsUnconfirmed ? Freshness.Revalidate
                : Freshness.Fresh;
        }

        return age > MaxAge ? Freshness.Suspect
            : age > RevalidateAfter || view.IsUnconfirmed ? Freshness.Revalidate
            : Freshness.Fresh;
    }

    // Whoever granted it hears the stream, and tells: the age does not matter, but how long ago that promise was made.
    private static Freshness Judge(Lease lease, bool isUnconfirmed, TimeSpan uptime) =>
        lease.IsOver(uptime) ? Freshness.Suspect
        : isUnconfirmed || lease.Owner is { IsLost: true } || lease.IsWorn(uptime) ? Freshness.Revalidate
        : Freshness.Fresh;

    /// <summary>
    /// Judges a resource's view by itself and by the customer's own: a resource depends on its customer, and is read again when the
    /// customer's entry is missing or its set was replaced since the resource's read began.
    /// </summary>
    public Freshness Judge(
        EntitlementView resource, EntitlementView? customer, in Moment now, in StreamState stream, long nodeEpoch)
    {
        var own = Judge(resource, now, stream, nodeEpoch);
        var isBehind = customer is null || customer.SetNumber > resource.ReadNumber;
        return isBehind && own < Freshness.Suspect ? Freshness.Suspect : own;
    }
}
