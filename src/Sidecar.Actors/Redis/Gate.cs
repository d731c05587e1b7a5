namespace Sidecar.Actors.Redis;

/// <summary>Lets so many in at once, and so many wait; whoever comes then is turned away.</summary>
/// <param name="inside">How many may be inside.</param>
/// <param name="waiting">How many may wait.</param>
internal sealed class Gate(int inside, int waiting) : IDisposable
{
    private readonly SemaphoreSlim _places = new(inside, inside);
    private int _present;

    /// <summary>Those inside, and those that wait.</summary>
    public int Present => Volatile.Read(ref _present);

    /// <summary>Waits for a place. Leave it with <see cref="Leave"/>.</summary>
    /// <exception cref="RedisFailureException">Too many wait.</exception>
    public async ValueTask EnterAsync(CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _present) > inside + waiting)
        {
            Interlocked.Decrement(ref _present);
            throw new RedisFailureException(RedisFailureKind.Overloaded, $"{inside + waiting} operations are under way or wait");
        }

        try
        {
            await _places.WaitAsync(cancellation);
        }
        catch
        {
            Interlocked.Decrement(ref _present);
            throw;
        }
    }

    /// <summary>Gives the place back.</summary>
    public void Leave()
    {
        Interlocked.Decrement(ref _present);
        _places.Release();
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();
}
