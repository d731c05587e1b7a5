using Microsoft.Extensions.Logging;
using Sidecar.Actors.Tests.Support;
using Sidecar.Actors.Updates;

namespace Sidecar.Actors.Tests.Updates;

public sealed class UpdateLogSpecs : IDisposable
{
    private const int Up = 400;
    private const int Down = 401;
    private const int Back = 402;
    private const int KeyRefused = 403;
    private const int Throttled = 404;
    private const int ThrottledForLong = 407;
    private readonly LogCapture _logged = new();
    private readonly UpdateLog _log;

    public UpdateLogSpecs() => _log = new UpdateLog(_logged.CreateLogger("stream"));

    public void Dispose() => _logged.Dispose();

    [Fact]
    public void An_outage_is_one_line_when_it_starts_one_when_its_cause_changes_and_one_when_it_ends()
    {
        for (var second = 0; second < 100; second++)
            _log.Down(UpdateSocketFault.Network, "unplugged", TimeSpan.FromSeconds(second));
        for (var second = 100; second < 200; second++)
            _log.Down(UpdateSocketFault.Timeout, "slow", TimeSpan.FromSeconds(second));
        _log.Up();

        Events().Should().Equal(Down, Down, Back);
        _logged.Lines[2].Text.Should().Contain("200 failures").And.Contain("Timeout");
        _logged.Lines.Should().OnlyContain(line => line.Level == LogLevel.Warning);
    }

    [Fact]
    public void A_stream_that_comes_and_goes_is_two_warnings_a_minute()
    {
        for (var second = 0; second < 120; second++)
        {
            _log.Down(UpdateSocketFault.Network, "unplugged", TimeSpan.FromSeconds(second));
            _log.Up();
        }

        _logged.Lines.Where(line => line.Level == LogLevel.Warning).Select(line => line.Event).Should().Equal(Down, Back, Down, Back);
        _logged.Of(Down)[1].Text.Should().Contain("59 more like it");
    }

    [Fact]
    public void Throttling_alone_is_no_warning()
    {
        _log.Down(UpdateSocketFault.Throttled, "ThrottlerException", TimeSpan.Zero);
        _log.Up();

        Events().Should().Equal(Throttled, Up);
        _logged.Lines.Should().OnlyContain(line => line.Level == LogLevel.Information);
    }

    [Fact]
    public void Throttling_that_lasts_is_a_warning()
    {
        for (var second = 0; second < 60; second++)
            _log.Down(UpdateSocketFault.Throttled, "ThrottlerException", TimeSpan.FromSeconds(second));
        _log.Up();

        Events().Should().Equal(Throttled, ThrottledForLong, Back);
    }

    [Fact]
    public void An_outage_that_lasts_is_told_also_within_a_quiet_time()
    {
        _log.Down(UpdateSocketFault.Network, "unplugged", TimeSpan.Zero);
        _log.Up();
        for (var second = 5; second < 30; second++)
            _log.Down(UpdateSocketFault.Network, "unplugged", TimeSpan.FromSeconds(second));
        _log.Up();

        Events().Should().Equal(Down, Back, Down, Back);
    }

    [Fact]
    public void The_first_line_of_a_cause_counts_no_others()
    {
        _log.Down(UpdateSocketFault.Network, "unplugged", TimeSpan.Zero);

        _logged.Of(Down)[0].Text.Should().NotContain("more like it");
    }

    [Fact]
    public void Each_of_two_refused_keys_is_a_line()
    {
        _log.Down(UpdateSocketFault.InvalidKey, "refused", TimeSpan.Zero);
        _log.Down(UpdateSocketFault.InvalidKey, "refused", TimeSpan.FromSeconds(1));

        _log.KeyReplaced();
        _log.Down(UpdateSocketFault.InvalidKey, "refused", TimeSpan.FromSeconds(2));

        Events().Should().Equal(KeyRefused, KeyRefused);
    }

    private IEnumerable<int> Events() => _logged.Lines.Select(line => line.Event);
}
