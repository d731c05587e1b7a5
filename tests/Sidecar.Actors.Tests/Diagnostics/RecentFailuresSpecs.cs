using Sidecar.Actors.Cloud;
using Sidecar.Actors.Diagnostics;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Tests.Diagnostics;

public sealed class RecentFailuresSpecs
{
    private readonly RecentFailures _failures = new();

    [Fact]
    public void The_last_one_of_an_entry_is_found()
    {
        Add("a", "first");
        Add("b", "other");
        Add("a", "second");

        _failures.Find(new EntryKey("a"))!.Failure.Detail.Should().Be("second");
        _failures.Find(new EntryKey("a", "resource")).Should().BeNull();
    }

    [Fact]
    public void The_oldest_goes_first()
    {
        Add("oldest", "x");
        Add("next", "x");
        for (var i = 0; i < RecentFailures.Most - 1; i++)
            Add($"{i}", "x");

        _failures.Find(new EntryKey("oldest")).Should().BeNull();
        _failures.Find(new EntryKey("next")).Should().NotBeNull();
    }

    [Fact]
    public void Read_that_was_not_sent_is_none()
    {
        _failures.Add(new FailedRead(new EntryKey("a"), CloudRead.Suspended.Failure!, DateTimeOffset.UnixEpoch));

        _failures.Find(new EntryKey("a")).Should().BeNull();
    }

    private void Add(string customer, string detail) =>
        _failures.Add(new FailedRead(new EntryKey(customer), new CloudFailure(CloudFailureKind.Network, detail), DateTimeOffset.UnixEpoch));
}
