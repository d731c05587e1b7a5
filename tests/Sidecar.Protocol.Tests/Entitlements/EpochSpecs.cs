using FluentAssertions;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Protocol.Tests.Entitlements;

public class EpochSpecs
{
    [Theory]
    [InlineData(1, 1, 1, 1, false)]
    [InlineData(1, 1, 2, 1, true)]
    [InlineData(1, 1, 1, 2, true)]
    [InlineData(1, 1, 2, 2, true)]
    [InlineData(2, 1, 1, 1, false)]
    [InlineData(1, 2, 1, 1, false)]
    [InlineData(2, 2, 1, 1, false)]
    public void An_epoch_is_older_once_either_part_was_raised(long node, long entry, long otherNode, long otherEntry, bool isOlder) =>
        new Epoch(node, entry).IsOlderThan(new Epoch(otherNode, otherEntry)).Should().Be(isOlder);
}
