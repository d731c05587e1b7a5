using Akka.Actor;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests;

public sealed class ActorHealthSpecs : ActorSpecs
{
    [Fact]
    public async Task An_actor_that_lives_answers()
    {
        var actor = CreateTestProbe().Ref;

        (await new ActorHealth(_ => Task.FromResult(actor)).AnswersAsync(CancellationToken.None)).Should().BeTrue();
    }

    [Fact]
    public async Task An_actor_that_has_stopped_does_not()
    {
        var actor = CreateTestProbe().Ref;
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);

        (await new ActorHealth(_ => Task.FromResult(actor)).AnswersAsync(CancellationToken.None)).Should().BeFalse();
    }

    [Fact]
    public async Task A_system_without_an_actor_does_not_for_longer_than_a_second()
    {
        var health = new ActorHealth(async cancellation =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return ActorRefs.Nobody;
        });

        (await health.AnswersAsync(CancellationToken.None).WaitAsync(Eventually.Patience)).Should().BeFalse();
    }

    [Fact]
    public async Task Who_asks_and_goes_away_is_told_so()
    {
        var health = new ActorHealth(async cancellation =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return ActorRefs.Nobody;
        });

        await health.Invoking(h => h.AnswersAsync(new CancellationToken(canceled: true))).Should().ThrowAsync<OperationCanceledException>();
    }
}
