using System.Collections.Immutable;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Model.Tests;

/// <summary>What is true in the cloud of a run, and what news of it is on its way. Immutable.</summary>
internal sealed record CloudTruth
{
    /// <summary>The entries that a run is about.</summary>
    public static readonly ImmutableArray<EntryKey> Keys = [new("ann"), new("ann", "house"), new("bob"), new("cyd")];

    /// <summary>The begin: each is granted both features.</summary>
    public static readonly CloudTruth AtFirst =
        Keys.Aggregate(new CloudTruth(), static (truth, key) => truth.Granted(key, VirtualClock.Start));

    /// <summary>What is true of each.</summary>
    public ImmutableDictionary<EntryKey, Contents> Contents { get; private init; } = ImmutableDictionary<EntryKey, Contents>.Empty;

    /// <summary>News that has not come yet: the text, and what it says.</summary>
    public ImmutableList<Told> OnItsWay { get; init; } = [];

    // Limits and counts are given out once.
    private int Serial { get; init; }

    // No two changes have the same date, unless they are meant to.
    private DateTimeOffset LastDate { get; init; }

    /// <summary>Changes an entry's set in one of some ways, and sends the news of it on its way.</summary>
    public CloudTruth WithSetChanged(EntryKey key, int way, DateTimeOffset now)
    {
        var truth = way switch
        {
            0 => With(key, Tests.Contents.Nothing(Tests.Contents.NotFound)),
            1 => With(key, Tests.Contents.Nothing(Tests.Contents.NoSubscription)),
            2 when Contents[key].Grants.Count > 1 => With(key, Contents[key] with { Grants = Contents[key].Grants.Remove(LatestOf(key)) }),
            3 => Granted(key, now, validFor: TimeSpan.FromSeconds(3)),
            4 => Granted(key, now, validFor: TimeSpan.FromSeconds(40)),
            // The same date as before: who began later counts.
            5 when !Contents[key].IsEmpty => Regranted(key, LatestOf(key), Contents[key].Date),
            6 or 7 when !Contents[key].IsEmpty => Regranted(key, Contents[key].Grants.Keys.First(), NextDate(now)),
            _ => Granted(key, now),
        };
        return truth.Sent(new Told(key, truth.Contents[key], null, null));
    }

    /// <summary>Has more of a feature used, and sends the news of it on its way; the same where it is not granted.</summary>
    public CloudTruth WithUsed(EntryKey key, string feature, DateTimeOffset now, bool isOfSameDate = false)
    {
        if (!Contents[key].Grants.ContainsKey(feature))
            return this;
        var truth = Used(key, feature, now, isOfSameDate);
        return truth.Sent(new Told(key, null, feature, truth.Contents[key].Grants[feature].Use));
    }

    /// <summary>The same without news.</summary>
    public CloudTruth Used(EntryKey key, string feature, DateTimeOffset now, bool isOfSameDate = false)
    {
        var known = Contents[key].Grants[feature].Use;
        var date = isOfSameDate ? known.Date : NextDate(now);
        var use = NewUse(feature, Serial + 1, date, now);
        return With(key, Contents[key].With(feature, use)) with { Serial = Serial + 1, LastDate = Later(LastDate, date) };
    }

    /// <summary>Sends something on its way.</summary>
    public CloudTruth Sent(Told told) => this with { OnItsWay = OnItsWay.Add(told) };

    private string LatestOf(EntryKey key) => Contents[key].Grants.MaxBy(one => one.Value.Date).Key;

    private CloudTruth Granted(EntryKey key, DateTimeOffset now, TimeSpan? validFor = null)
    {
        var before = Contents.GetValueOrDefault(key);
        var truth = this;
        var grants = ImmutableSortedDictionary.CreateBuilder<string, Grant>(StringComparer.Ordinal);
        foreach (var feature in CloudWords.Features)
        {
            var (serial, date) = (truth.Serial + 1, truth.NextDate(now));
            truth = truth with { Serial = serial, LastDate = date };
            var use = before?.Grants.GetValueOrDefault(feature)?.Use ?? NewUse(feature, serial, date, now);
            grants.Add(feature, new Grant(serial + 1000, date, now + validFor, use));
        }

        return truth.With(key, new Contents(null, grants.ToImmutable()));
    }

    private CloudTruth Regranted(EntryKey key, string feature, DateTimeOffset date)
    {
        var contents = Contents[key];
        var grant = contents.Grants[feature] with { Limit = Serial + 1001, Date = date };
        return With(key, contents with { Grants = contents.Grants.SetItem(feature, grant) }) with
        {
            Serial = Serial + 1,
            LastDate = Later(LastDate, date),
        };
    }

    private CloudTruth With(EntryKey key, Contents contents) => this with { Contents = Contents.SetItem(key, contents) };

    private static Use NewUse(string feature, int count, DateTimeOffset date, DateTimeOffset now)
    {
        if (feature != CloudWords.Calls)
            return new Use(count, date);
        var from = VirtualClock.Start.AddHours(Math.Floor((now - VirtualClock.Start).TotalHours));
        return new Use(count, date, from, from.AddHours(1));
    }

    private DateTimeOffset NextDate(DateTimeOffset now) => Later(LastDate.AddMilliseconds(1), now);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}

/// <summary>What a piece of news says.</summary>
/// <param name="Key">Of whom.</param>
/// <param name="Set">The set, or null.</param>
/// <param name="Feature">The feature whose use is told, or null.</param>
/// <param name="Use">The use, or null.</param>
internal sealed record Told(EntryKey Key, Contents? Set, string? Feature, Use? Use)
{
    /// <summary>The message.</summary>
    public string Text => Set is not null ? CloudWords.SetNews(Key, Set)
        : Use is not null ? CloudWords.UseNews(Key, Feature!, Use)
        : CloudWords.ChangeNews(Key);

    public override string ToString() =>
        $"{Key}: {(Set is not null ? $"set {Set}" : Use is not null ? $"{Feature} used {Use}" : "something changed")}";
}
