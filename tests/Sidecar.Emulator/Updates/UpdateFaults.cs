namespace Sidecar.Emulator.Updates;

/// <summary>What goes wrong between the emulator and those who listen to its updates. Safe for many threads.</summary>
public sealed class UpdateFaults
{
    private readonly Lock _lock = new();
    private readonly UpdateHub _hub;
    private ConnectRefusal? _refusal;

    internal UpdateFaults(UpdateHub hub) => _hub = hub;

    /// <summary>Whether a good <c>connection_init</c> is acknowledged. One that came in vain is not acknowledged later.</summary>
    public bool Acknowledges { get; set; } = true;

    /// <summary>Whether pings are answered.</summary>
    public bool AnswersPings { get; set; } = true;

    /// <summary>By how much the answer to a ping is late.</summary>
    public TimeSpan PongDelay { get; set; }

    /// <summary>The most bytes that one frame carries, a message being sent in as many as it takes; 0: each message is one frame.</summary>
    public int FrameBytes { get; set; }

    /// <summary>Resets all connections, and returns how many they were.</summary>
    public int CutAll() => _hub.Each(socket =>
    {
        socket.Cut();
        return 1;
    });

    /// <summary>Closes all sockets in order, behind what they are still being told, and returns how many they were.</summary>
    /// <exception cref="ArgumentException">No socket can be closed with this code or reason.</exception>
    public int CloseAll(int code, string reason = "")
    {
        var close = CloseFrame.Of(code, reason);
        return _hub.Each(socket => socket.Close(close) ? 1 : 0);
    }

    /// <summary>
    /// Freezes all sockets that are open, and returns how many they were: nothing is read and nothing written, and TCP stays.
    /// New ones are served as usual.
    /// </summary>
    public int FreezeAll() => _hub.Each(socket => socket.Gate.Close() ? 1 : 0);

    /// <summary>Lets frozen sockets go on with all that was said meanwhile, and returns how many they were.</summary>
    public int ThawAll() => _hub.Each(socket => socket.Gate.Open() ? 1 : 0);

    /// <summary>Answers attempts to connect with this status, in the place of an upgrade.</summary>
    /// <param name="status">From 200 to 599.</param>
    /// <param name="times">For so many attempts; null: until <see cref="AcceptConnects"/>.</param>
    public void RefuseConnects(int status, int? times = null)
    {
        if (status is < 200 or > 599)
            throw new ArgumentException("status: must be from 200 to 599", nameof(status));
        Refuse(new ConnectRefusal { Status = status }, times);
    }

    /// <summary>Resets connections that ask for an upgrade.</summary>
    /// <param name="times">For so many attempts; null: until <see cref="AcceptConnects"/>.</param>
    public void ResetConnects(int? times = null) => Refuse(new ConnectRefusal(), times);

    /// <summary>Closes sockets when their <c>connection_init</c> comes, whatever key it has.</summary>
    /// <param name="code">The code.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="times">For so many attempts; null: until <see cref="AcceptConnects"/>.</param>
    /// <exception cref="ArgumentException">No socket can be closed with this code or reason.</exception>
    public void CloseConnects(int code, string reason, int? times = null) =>
        Refuse(new ConnectRefusal { Close = CloseFrame.Of(code, reason) }, times);

    /// <summary>Refuses nobody any more.</summary>
    public void AcceptConnects()
    {
        lock (_lock)
            _refusal = null;
    }

    /// <summary>Puts everything right that can go on: refusals, frozen sockets, pings and frames.</summary>
    public void Clear()
    {
        AcceptConnects();
        (Acknowledges, AnswersPings, PongDelay, FrameBytes) = (true, true, TimeSpan.Zero, 0);
        ThawAll();
    }

    /// <summary>The refusal that an attempt meets, counted as met.</summary>
    internal ConnectRefusal? TakeRefusal(bool atInit)
    {
        lock (_lock)
        {
            if (_refusal is not { } refusal || (refusal.Close is not null) != atInit)
                return null;
            if (refusal.TimesLeft is { } times)
                _refusal = times > 1 ? refusal with { TimesLeft = times - 1 } : null;
            return refusal;
        }
    }

    private void Refuse(ConnectRefusal refusal, int? times)
    {
        if (times < 1)
            throw new ArgumentException("times: must be at least 1", nameof(times));
        lock (_lock)
            _refusal = refusal with { TimesLeft = times };
    }
}

/// <summary>How attempts to connect are refused; by a reset, where nothing else is said.</summary>
internal sealed record ConnectRefusal
{
    public int? Status { get; init; }

    public CloseFrame? Close { get; init; }

    public int? TimesLeft { get; init; }
}
