using Sidecar.Actors.Cloud;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests.Cloud;

public sealed class CloudLogSpecs : IDisposable
{
    private const int KeyRefused = 101;
    private const int OutOfReach = 102;
    private const int Back = 103;
    private const int BadAnswer = 104;
    private const int Suspended = 106;
    private static readonly CloudFailure Unplugged = new(CloudFailureKind.Network, "unplugged");
    private static readonly CloudFailure Slow = new(CloudFailureKind.Timeout, "slow");
    private static readonly CloudFailure Odd = new(CloudFailureKind.Unreadable, "odd");
    private readonly LogCapture _logged = new();
    private readonly CloudLog _log;

    public CloudLogSpecs() => _log = new CloudLog(_logged.CreateLogger("cloud"));

    public void Dispose() => _logged.Dispose();

    [Fact]
    public void An_outage_is_one_line_when_it_starts_and_one_when_it_ends()
    {
        for (var second = 0; second < 1_000; second++)
            _log.Failed(Unplugged, TimeSpan.FromSeconds(second));
        _log.Succeeded();
        _log.Succeeded();

        Events().Should().Equal(OutOfReach, Back);
        _logged.Lines[1].Text.Should().Contain("1000 failed requests").And.Contain("Network");
    }

    [Fact]
    public void An_outage_too_soon_after_another_for_a_line_has_its_end_told_where_its_suspension_was()
    {
        _log.Failed(Unplugged, TimeSpan.Zero);
        _log.Succeeded();

        _log.Failed(Unplugged, TimeSpan.FromSeconds(10));
        _log.Suspended(CloudPath.Edge, isSuspended: true, TimeSpan.FromSeconds(11));
        _log.Suspended(CloudPath.Edge, isSuspended: false, TimeSpan.FromSeconds(20));
        _log.Succeeded();

        Events().Should().Equal(OutOfReach, Back, Suspended, Back);
    }

    [Fact]
    public void Each_of_two_refused_keys_is_a_line()
    {
        var refused = new CloudFailure(CloudFailureKind.InvalidKey, "401");
        _log.Failed(refused, TimeSpan.Zero);
        _log.Failed(refused, TimeSpan.FromSeconds(1));

        _log.KeyReplaced();
        _log.Failed(refused, TimeSpan.FromSeconds(2));

        Events().Should().Equal(KeyRefused, KeyRefused);
    }

    [Fact]
    public void A_success_without_an_outage_is_not_worth_a_line()
    {
        _log.Succeeded();

        _logged.Lines.Should().BeEmpty();
    }

    [Fact]
    public void A_cloud_that_comes_and_goes_is_two_lines_a_minute()
    {
        for (var tenth = 0; tenth < 1_800; tenth++)
        {
            _log.Failed(Unplugged, TimeSpan.FromSeconds(tenth / 10.0));
            _log.Succeeded();
        }

        Events().Should().Equal(OutOfReach, Back, OutOfReach, Back, OutOfReach, Back);
        _logged.Lines[2].Text.Should().Contain("599 more like it");
    }

    [Fact]
    public void An_outage_that_starts_soon_after_another_is_logged_when_the_minute_is_over()
    {
        _log.Failed(Unplugged, TimeSpan.Zero);
        _log.Succeeded();
        for (var second = 1; second < 60; second++)
            _log.Failed(Unplugged, TimeSpan.FromSeconds(second));
        Events().Should().Equal(OutOfReach, Back);

        for (var second = 60; second < 300; second++)
            _log.Failed(Unplugged, TimeSpan.FromSeconds(second));
        _log.Succeeded();

        Events().Should().Equal(OutOfReach, Back, OutOfReach, Back);
    }

    [Fact]
    public void A_change_of_cause_is_a_line()
    {
        _log.Failed(Unplugged, TimeSpan.Zero);
        _log.Failed(Slow, TimeSpan.FromSeconds(1));
        _log.Succeeded();

        Events().Should().Equal(OutOfReach, OutOfReach, Back);
        _logged.Lines[2].Text.Should().Contain("2 failed requests").And.Contain("Timeout");
    }

    [Fact]
    public void Causes_that_take_turns_are_one_line_each_a_minute()
    {
        for (var second = 0; second < 60; second++)
        {
            _log.Failed(Unplugged, TimeSpan.FromSeconds(second));
            _log.Failed(Slow, TimeSpan.FromSeconds(second));
        }

        Events().Should().Equal(OutOfReach, OutOfReach);
    }

    [Fact]
    public void A_bad_answer_is_one_line_a_minute_with_the_number_of_those_before()
    {
        for (var second = 0; second <= 60; second++)
            _log.Failed(Odd, TimeSpan.FromSeconds(second));

        Events().Should().Equal(BadAnswer, BadAnswer);
        _logged.Lines[1].Text.Should().Contain("59 more like it");
    }

    [Fact]
    public void A_bad_answer_is_no_outage_and_ends_none()
    {
        _log.Failed(Odd, TimeSpan.Zero);
        _log.Succeeded();

        Events().Should().Equal(BadAnswer);
    }

    private IEnumerable<int> Events() => _logged.Lines.Select(line => line.Event);
}
