using FluentAssertions;
using FsCheck.Xunit;
using Google.Protobuf;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Nodes;
using Sidecar.Protocol.Tests.Entitlements;
using Xunit;
using Wire = Sidecar.Protocol.Nodes.V1;

namespace Sidecar.Protocol.Tests.Nodes;

/// <summary>News that another node brings is the news that it heard.</summary>
public class NodeNewsSpecs
{
    private static readonly EntryKey Key = new("customer", "resource");

    [Property(Arbitrary = [typeof(PackingSpecs.Sets)], MaxTest = 300)]
    public void A_set_comes_back_with_all_that_it_holds(PackingSpecs.Set set)
    {
        var read = Sent(new EntitlementsReplaced(Key, set.State)).Should().BeOfType<EntitlementsReplaced>().Which;

        (read.Key, read.Kind, read.Set.AccessDeniedReason).Should().Be((Key, NewsKind.Entitlements, set.Reason));
        PackingSpecs.Same(read.Set.All(), set.Plain);
    }

    [Property(Arbitrary = [typeof(PackingSpecs.Sets)], MaxTest = 300)]
    public void A_usage_comes_back_with_its_dates_and_whether_it_was_reported(Usage usage, bool isCredit)
    {
        var news = new UsageSet(Key, new UsageNews(new EntitlementReference("a", isCredit), usage));

        var read = Sent(news).Should().BeOfType<UsageSet>().Which;

        read.Should().Be(news);
        BitConverter.DoubleToInt64Bits(read.Usage.Usage.Current).Should().Be(BitConverter.DoubleToInt64Bits(usage.Current));
    }

    [Fact]
    public void A_change_comes_back_with_what_it_is_about()
    {
        foreach (var kind in Enum.GetValues<NewsKind>())
        {
            foreach (var key in new[] { Key, Key.Customer })
                Sent(new EntryChanged(key, kind)).Should().Be(new EntryChanged(key, kind));
        }
    }

    [Fact]
    public void News_of_a_form_or_kind_that_only_a_newer_release_knows_says_that_the_entry_changed()
    {
        var key = NodeEntries.Write(Key);

        NodeNews.Read(new Wire.News { Key = key }).Should().Be(new EntryChanged(Key, NewsKind.Unknown));
        NodeNews.Read(new Wire.News { Key = key, Changed = (Wire.NewsKind)99 }).Should().Be(new EntryChanged(Key, NewsKind.Unknown));
    }

    [Fact]
    public void News_that_lacks_what_it_is_about_is_refused()
    {
        var key = NodeEntries.Write(Key);
        (Wire.News? News, string Fault)[] wrong =
        [
            (null, "news is missing"),
            (new Wire.News(), "an entry's key is missing"),
            (new Wire.News { Key = new Wire.EntryKey() }, "an entry's customer id is empty"),
            (new Wire.News { Key = new Wire.EntryKey { CustomerId = "c", ResourceId = "" } }, "an entry's resource id is empty"),
            (new Wire.News { Key = key, Usage = new Wire.UsageSet { Id = "a" } }, "what is used is missing"),
            (new Wire.News { Key = key, Usage = new Wire.UsageSet { Usage = new Wire.Usage() } }, "the id of what is used is empty"),
        ];

        foreach (var (news, fault) in wrong)
            FluentActions.Invoking(() => NodeNews.Read(news)).Should().Throw<InvalidDataException>().WithMessage(fault);
    }

    private static EntryNews Sent(EntryNews news) =>
        NodeNews.Read(NodeBytes.Read(Wire.News.Parser, NodeNews.Write(news).ToByteArray()));
}
