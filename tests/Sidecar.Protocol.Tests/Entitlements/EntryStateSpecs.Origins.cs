using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

/// <summary>Where what is known came from.</summary>
public partial class EntryStateSpecs
{
    [Fact]
    public void Set_and_usage_tell_where_each_came_from_last()
    {
        var entry = ReadFrom(EntryState.Empty, 1, Given.Set(1, usageDay: 1), Origin.Edge);
        OriginsOf(entry).Should().Be((Origin.Edge, Origin.Edge));

        entry = entry.WithNews(Given.News(Given.Used(5, 2)), number: 2, Origin.Stream);
        OriginsOf(entry).Should().Be((Origin.Edge, Origin.Stream));

        entry = entry.WithReported(Given.News(Given.Used(6, 3) with { Reported = true }), number: 3);
        OriginsOf(entry).Should().Be((Origin.Edge, Origin.Report));

        entry = entry.WithNews(Given.Set(4), number: 4, nodeEpoch: 0, Origin.Stream);
        OriginsOf(entry).Should().Be((Origin.Stream, Origin.Report), "the usage that it kept is the later one");

        entry = ReadFrom(entry, 5, Given.Set(5, usageDay: 5), Origin.Api);
        OriginsOf(entry).Should().Be((Origin.Api, Origin.Api));
    }

    [Fact]
    public void What_is_loaded_came_from_the_persistent_cache()
    {
        var entry = EntryState.Empty.WithLoad(1, 0, Given.Moment().Uptime).WithLoaded(1, Given.Set(1));

        OriginsOf(entry).Should().Be((Origin.Redis, Origin.Redis));
    }

    [Fact]
    public void News_that_is_late_changes_no_origin()
    {
        var entry = ReadFrom(EntryState.Empty, 1, Given.Set(5, usageDay: 5), Origin.Edge);

        entry = entry.WithNews(Given.Set(4, usageDay: 4), number: 2, nodeEpoch: 0, Origin.Stream);

        OriginsOf(entry).Should().Be((Origin.Edge, Origin.Edge));
    }

    [Fact]
    public void Origins_outlive_the_owner_of_the_state()
    {
        var entry = ReadFrom(EntryState.Empty, 1, Given.Set(1, usageDay: 1), Origin.Api);

        OriginsOf(EntryState.From(entry.View!)).Should().Be((Origin.Api, Origin.Api));
    }

    private static (Origin Set, Origin Usage) OriginsOf(EntryState entry) => (entry.View!.SetOrigin, entry.View.UsageOrigin);

    private static EntryState ReadFrom(EntryState entry, long number, EntitlementState result, Origin origin) =>
        entry.WithRead(number, 0, Given.Moment(number).Uptime).WithResult(number, result, 0, Given.Moment(number), 0.5, origin).Entry;
}
