using System.Text;
using FluentAssertions;
using Sidecar.Actors;
using Sidecar.Actors.Cloud;
using Sidecar.Host.Configuration;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class ApiKeyWatcherSpecs
{
    private readonly ApiKeyHolder _holder = new(new Secret("old-key"));
    private readonly ListLogger<ApiKeyWatcher> _log = new();

    [Fact]
    public void New_key_is_taken_over_without_its_line_end_and_told_without_its_value()
    {
        using var watcher = Watcher();

        watcher.Take(Content("new-key\r\n"));

        _holder.Current!.Reveal().Should().Be("new-key");
        _log.Lines.Should().ContainSingle().Which.Should().Contain("SERVER_API_KEY_FILE").And.Contain("REDIS_ENVIRONMENT_PREFIX")
            .And.NotContain("new-key");
    }

    [Fact]
    public void Same_key_is_nothing_to_tell()
    {
        using var watcher = Watcher();

        watcher.Take(Content("old-key\n"));

        _log.Lines.Should().BeEmpty();
    }

    [Theory]
    [InlineData("with a blank")]
    [InlineData("two\nlines")]
    [InlineData("\n")]
    public void Unusable_value_keeps_the_old_key_and_never_shows(string text)
    {
        using var watcher = Watcher();

        watcher.Take(Content(text));

        _holder.Current!.Reveal().Should().Be("old-key");
        _log.Lines.Should().ContainSingle().Which.Should().Contain("holds no usable value").And.NotContain("with a blank").And.NotContain("two");
    }

    [Fact]
    public void File_that_vanishes_keeps_the_old_key()
    {
        using var watcher = Watcher();

        watcher.Take(new FileNews(null, FileTrouble.Missing));

        _holder.Current!.Reveal().Should().Be("old-key");
        _log.Lines.Should().ContainSingle().Which.Should().Contain("Missing");
    }

    [Fact]
    public void What_was_told_at_the_start_is_not_told_again_but_what_comes_after_is()
    {
        using var watcher = Watcher(isTroubleTold: true);

        watcher.Take(new FileNews(null, FileTrouble.Missing));
        _log.Lines.Should().BeEmpty();
        watcher.Take(new FileNews(null, FileTrouble.Empty));

        _log.Lines.Should().ContainSingle();
    }

    [Fact]
    public void Key_that_appears_late_heals()
    {
        var holder = new ApiKeyHolder(null);
        using var watcher = new ApiKeyWatcher("/none", isTroubleTold: true, holder, TimeProvider.System, _log);

        watcher.Take(new FileNews(null, FileTrouble.Missing));
        watcher.Take(Content("late-key"));

        holder.Current!.Reveal().Should().Be("late-key");
    }

    private ApiKeyWatcher Watcher(bool isTroubleTold = false) => new("/none", isTroubleTold, _holder, TimeProvider.System, _log);

    private static FileNews Content(string text) => new(Encoding.UTF8.GetBytes(text), null);
}
