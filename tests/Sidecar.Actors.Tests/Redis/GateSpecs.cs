using Sidecar.Actors.Redis;
using Sidecar.Actors.Tests.Support;

namespace Sidecar.Actors.Tests.Redis;

public sealed class GateSpecs : IDisposable
{
    private readonly Gate _gate = new(inside: 2, waiting: 1);

    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task As_many_as_there_are_places_enter_and_one_more_waits_for_a_place()
    {
        await _gate.EnterAsync(CancellationToken.None);
        await _gate.EnterAsync(CancellationToken.None);
        var waiting = _gate.EnterAsync(CancellationToken.None).AsTask();
        waiting.IsCompleted.Should().BeFalse();

        _gate.Leave();

        await waiting.WaitAsync(Eventually.Patience);
        _gate.Present.Should().Be(2);
    }

    [Fact]
    public async Task Who_comes_when_all_places_to_wait_are_taken_is_turned_away()
    {
        await FillAsync();

        var enter = async () => await _gate.EnterAsync(CancellationToken.None);

        (await enter.Should().ThrowAsync<RedisFailureException>()).Which.Kind.Should().Be(RedisFailureKind.Overloaded);
        _gate.Present.Should().Be(3);
    }

    [Fact]
    public async Task Who_gives_up_waiting_makes_room_for_another_one()
    {
        await _gate.EnterAsync(CancellationToken.None);
        await _gate.EnterAsync(CancellationToken.None);
        using var patience = new CancellationTokenSource();
        var waiting = _gate.EnterAsync(patience.Token).AsTask();

        await patience.CancelAsync();

        await waiting.Invoking(w => w).Should().ThrowAsync<OperationCanceledException>();
        _gate.Present.Should().Be(2);
        var next = _gate.EnterAsync(CancellationToken.None).AsTask();
        _gate.Leave();
        await next.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Never_are_more_inside_than_there_are_places()
    {
        using var gate = new Gate(inside: 4, waiting: 1000);
        int inside = 0, most = 0;
        // Away from the test runner's context, which starts a thread for whatever goes on after an await.
        await Task.Run(() => Task.WhenAll(Enumerable.Range(0, 500).Select(async _ =>
        {
            await gate.EnterAsync(CancellationToken.None);
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            gate.Leave();
        })));

        most.Should().BeLessThanOrEqualTo(4);
        gate.Present.Should().Be(0);
    }

    private async Task FillAsync()
    {
        await _gate.EnterAsync(CancellationToken.None);
        await _gate.EnterAsync(CancellationToken.None);
        _ = _gate.EnterAsync(CancellationToken.None).AsTask();
    }
}
