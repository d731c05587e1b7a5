using System.Net;
using Akka.Actor;
using Akka.TestKit;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests.Cloud;

public sealed class KeyCheckSpecs : ActorSpecs
{
    private static readonly Func<HttpResponseMessage> Valid = () => ScriptedHandler.Json("{}");
    private static readonly Func<HttpResponseMessage> Refused = () => ScriptedHandler.Json("", HttpStatusCode.Unauthorized);
    private static readonly Func<HttpResponseMessage> Unplugged = () => throw new HttpRequestException("unplugged");
    private TestProbe _parent = null!;
    private IActorRef _check = ActorRefs.Nobody;

    [Fact]
    public void A_valid_key_is_asked_about_once()
    {
        using var edge = Start(Valid);

        ExpectOutcome(null);

        Advance(TimeSpan.FromMinutes(10), _check);
        edge.Count.Should().Be(1);
        _parent.HasMessages.Should().BeFalse();
    }

    [Theory]
    [InlineData(0.5, new[] { 0.5, 1, 2, 4, 8, 16, 20, 20 })]
    [InlineData(0.0, new[] { 0.25, 0.5, 1, 2, 4, 8, 10, 10 })]
    [InlineData(1.0, new[] { 0.75, 1.5, 3, 6, 12, 24, 30, 30 })]
    public void While_the_network_is_down_it_asks_again_after_half_a_second_doubling_to_half_a_minute(double jitter, double[] delays)
    {
        Jitter = jitter;
        using var edge = Start(Unplugged);
        for (var i = 0; i < delays.Length; i++)
        {
            ExpectOutcome(CloudFailureKind.Network);
            Settle(_check);
            edge.Count.Should().Be(i + 1);
            Advance(TimeSpan.FromSeconds(delays[i]) - TimeSpan.FromMilliseconds(1), _check);
            _parent.HasMessages.Should().BeFalse();
            edge.Count.Should().Be(i + 1);
            Advance(TimeSpan.FromMilliseconds(1), _check);
        }

        ExpectOutcome(CloudFailureKind.Network);
    }

    [Fact]
    public void Healed_it_is_asked_no_more()
    {
        using var edge = Start(Unplugged, Unplugged, Valid);
        ExpectOutcome(CloudFailureKind.Network);
        Advance(TimeSpan.FromSeconds(0.5), _check);
        ExpectOutcome(CloudFailureKind.Network);
        Advance(TimeSpan.FromSeconds(1), _check);
        ExpectOutcome(null);

        Advance(TimeSpan.FromMinutes(5), _check);

        edge.Count.Should().Be(3);
    }

    [Fact]
    public void A_refused_key_is_asked_about_again_too()
    {
        using var edge = Start(Refused, Valid);
        ExpectOutcome(CloudFailureKind.InvalidKey);

        Advance(TimeSpan.FromSeconds(0.5), _check);

        ExpectOutcome(null);
    }

    [Fact]
    public async Task A_cloud_that_hangs_is_given_up_after_a_minute_and_asked_again()
    {
        using var edge = new ScriptedHandler((request, number, cancellation) =>
            number == 1 ? ScriptedHandler.HangAsync(request, number, cancellation) : Task.FromResult(Valid()));
        Start(edge);
        await edge.ArrivedAsync(1);

        Advance(TimeSpan.FromSeconds(59.9), _check);
        _parent.HasMessages.Should().BeFalse();
        Advance(TimeSpan.FromSeconds(0.1), _check);
        ExpectOutcome(CloudFailureKind.Timeout);
        Advance(TimeSpan.FromSeconds(0.5), _check);

        ExpectOutcome(null);
    }

    [Fact]
    public void Told_that_a_read_found_the_key_refused_it_asks_once_more_however_often_it_is_told()
    {
        using var edge = Start(Valid);
        ExpectOutcome(null);
        for (var i = 0; i < 100; i++)
            _check.Tell(CheckKeyAgain.Instance, ActorRefs.NoSender);
        Settle(_check);
        edge.Count.Should().Be(1);

        Advance(TimeSpan.FromSeconds(0.5), _check);
        ExpectOutcome(null);
        Advance(TimeSpan.FromMinutes(1), _check);

        edge.Count.Should().Be(2);
    }

    [Fact]
    public async Task While_an_answer_is_due_it_does_not_ask_again()
    {
        using var edge = Start(ScriptedHandler.Hanging());
        await edge.ArrivedAsync(1);

        _check.Tell(CheckKeyAgain.Instance, ActorRefs.NoSender);
        Advance(TimeSpan.FromSeconds(30), _check);

        edge.Count.Should().Be(1);
    }

    [Fact]
    public void After_a_crash_it_asks_again_after_a_pause()
    {
        using var edge = Start(Unplugged, Valid);
        ExpectOutcome(CloudFailureKind.Network);
        _check.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_check);

        Advance(TimeSpan.FromSeconds(0.499), _check);
        edge.Count.Should().Be(1);
        Advance(TimeSpan.FromSeconds(0.001), _check);

        ExpectOutcome(null);
    }

    [Fact]
    public void The_pause_doubles_with_each_crash()
    {
        using var edge = Start(Valid);
        ExpectOutcome(null);
        for (var i = 0; i < 3; i++)
            _check.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_check);

        Advance(TimeSpan.FromSeconds(1.999), _check);
        edge.Count.Should().Be(1);
        Advance(TimeSpan.FromSeconds(0.001), _check);

        ExpectOutcome(null);
    }

    [Fact]
    public async Task A_crash_while_an_answer_is_due_does_not_lose_it()
    {
        using var gate = new SemaphoreSlim(0);
        using var edge = Start(new ScriptedHandler(async (_, _, cancellation) =>
        {
            await gate.WaitAsync(cancellation);
            return Refused();
        }));
        await edge.ArrivedAsync(1);
        _check.Tell(Kill.Instance, ActorRefs.NoSender);
        Settle(_check);

        gate.Release();

        ExpectOutcome(CloudFailureKind.InvalidKey);
    }

    private ScriptedHandler Start(params Func<HttpResponseMessage>[] answers) => Start(ScriptedHandler.Answering(answers));

    private ScriptedHandler Start(ScriptedHandler edge)
    {
        Services = NewServices(edge);
        (_check, _parent) = Supervised(KeyCheck.Props(Services), "key-check");
        return edge;
    }

    private void ExpectOutcome(CloudFailureKind? failure)
    {
        var outcome = _parent.ExpectMsg<CloudOutcome>(Eventually.Patience);
        outcome.IsStartUp.Should().BeTrue();
        (outcome.Failure?.Kind).Should().Be(failure);
    }
}
