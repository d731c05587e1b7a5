using System.Text;
using FluentAssertions;
using Sidecar.Host.Configuration;
using Sidecar.Host.Facade;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class FallbackWatcherSpecs
{
    private readonly GlobalFallbacks _fallbacks = new(FallbackParser.Parse("""{"old": {"hasAccess": true}}""").Table);
    private readonly ListLogger<FallbackWatcher> _log = new();

    [Fact]
    public void What_the_file_holds_at_the_start_is_in_force_already_and_not_told()
    {
        using var watcher = Watcher();

        watcher.Take(Content("""{"old": {"hasAccess": true}}""")).Should().BeTrue();

        _fallbacks.Table.FeatureIds.Should().Equal("old");
        _log.Lines.Should().BeEmpty();
    }

    [Fact]
    public void Another_content_takes_the_place_of_all_before_and_is_told()
    {
        using var watcher = Started();

        watcher.Take(Content("""{"a": {"hasAccess": true}, "b": {"hasAccess": false}}""" + "\r\n")).Should().BeTrue();

        _fallbacks.Table.FeatureIds.Should().Equal("a", "b");
        _log.Lines.Should().ContainSingle().Which.Should().Contain("features in it: 2");
    }

    [Fact]
    public void An_empty_object_takes_all_away()
    {
        using var watcher = Started();

        watcher.Take(Content("{}")).Should().BeTrue();

        _fallbacks.Table.FeatureIds.Should().BeEmpty();
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"a": {"hasAccess": true}, "b": {"hasAccess": "yes"}}""")]
    [InlineData("[]")]
    public void A_file_with_anything_wrong_in_it_changes_nothing(string text)
    {
        using var watcher = Started();

        watcher.Take(Content(text)).Should().BeFalse();

        _fallbacks.Table.FeatureIds.Should().Equal("old");
        _log.Lines.Should().ContainSingle().Which.Should().Contain("ENTITLEMENTS_FALLBACK_FILE can't be used as a whole");
    }

    [Fact]
    public void A_file_that_is_gone_changes_nothing()
    {
        using var watcher = Started();

        watcher.Take(new FileNews(null, FileTrouble.Missing)).Should().BeFalse();

        _fallbacks.Table.FeatureIds.Should().Equal("old");
        _log.Lines.Should().ContainSingle().Which.Should().Contain("Missing");
    }

    [Fact]
    public void What_was_told_at_the_start_is_not_told_again_but_what_follows_is()
    {
        using var watcher = Watcher(isFaultTold: true);

        watcher.Take(Content("{")).Should().BeFalse();
        _log.Lines.Should().BeEmpty();
        watcher.Take(Content("[")).Should().BeFalse();

        _log.Lines.Should().ContainSingle();
    }

    [Fact]
    public void A_file_that_is_empty_at_the_start_is_not_set()
    {
        using var watcher = Watcher();

        watcher.Take(new FileNews(null, FileTrouble.Empty)).Should().BeTrue();

        _log.Lines.Should().BeEmpty();
    }

    private FallbackWatcher Watcher(bool isFaultTold = false) => new("/fallbacks", isFaultTold, _fallbacks, TimeProvider.System, _log);

    private FallbackWatcher Started()
    {
        var watcher = Watcher();
        watcher.Take(Content("""{"old": {"hasAccess": true}}"""));
        return watcher;
    }

    private static FileNews Content(string text) => new(Encoding.UTF8.GetBytes(text), null);
}
