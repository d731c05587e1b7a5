namespace Sidecar.Host.Shutdown;

/// <summary>
/// A client's connection: what it is busy with, and how it is closed. Counting a call costs an interlocked operation at its begin and one
/// at its end.
/// </summary>
/// <param name="requestClose">Sends GOAWAY, and ends the connection after its last call.</param>
/// <param name="abort">Ends the connection at once.</param>
/// <param name="due">When it is old enough to be closed, on the clock of <see cref="ConnectionAging"/>; null where no age is too old.</param>
internal sealed class ClientConnection(Action requestClose, Action abort, TimeSpan? due = null)
{
    private Action? _onWritten;
    private long _started;
    private long _finished;
    private long _lasting;
    private long _messageBytes;
    private int _isAborted;
    private int _closing;
    private int _isCloseRequested;
    private Quiet? _quiet;
    private long _callsAtMark;
    private TimeSpan? _markedAt;
    private bool _isMeasured;
    private bool _isInConstantUse;

    /// <summary>When it is old enough to be closed; null where no age is too old.</summary>
    public TimeSpan? Due => due;

    /// <summary>Whether client and server are still at their greeting: such a connection is not old yet.</summary>
    public bool IsOpening { get; set; }

    /// <summary>Whether its calls come one after another, as over HTTP/1.1: an answer then says that it is the last one.</summary>
    public bool IsSequential { get; init; }

    /// <summary>Whether its end was asked for.</summary>
    public bool IsCloseRequested => Volatile.Read(ref _isCloseRequested) != 0;

    /// <summary>The calls it has seen.</summary>
    public CallCounts Counts
    {
        get
        {
            // In this order: equal numbers then mean that between the two reads there was a moment without a call.
            var finished = Volatile.Read(ref _finished);
            return new CallCounts(Volatile.Read(ref _started), finished);
        }
    }

    /// <summary>
    /// How many calls are under way, those that last as long as the connection among them, but for one: a client that has its connection
    /// watched is no burden.
    /// </summary>
    public long UnderWay
    {
        get
        {
            var counts = Counts;
            return counts.Started - counts.Finished + Math.Max(0, Volatile.Read(ref _lasting) - 1);
        }
    }

    /// <summary>Whether it was ended with all its calls; they may still be on their way out.</summary>
    public bool IsAborted => Volatile.Read(ref _isAborted) != 0;

    /// <summary>Notes that messages of its calls take so many bytes more, or fewer.</summary>
    /// <returns>The bytes that they take now.</returns>
    public long MessageBytesTaken(long bytes) => Interlocked.Add(ref _messageBytes, bytes);

    /// <summary>A call begins that may last as long as the connection, and does not make it busy.</summary>
    public void LastingCallStarted() => Interlocked.Increment(ref _lasting);

    /// <summary>Such a call has ended.</summary>
    public void LastingCallFinished() => Interlocked.Decrement(ref _lasting);

    /// <summary>A call begins.</summary>
    /// <returns>True for the call at which the connection is closed: see <see cref="Handover"/>.</returns>
    public bool CallStarted()
    {
        var started = Interlocked.Increment(ref _started);
        var closing = (Closing)Volatile.Read(ref _closing);
        return closing != Closing.None && (closing == Closing.AtAnyCall || started == Volatile.Read(ref _finished) + 1) && RequestClose();
    }

    /// <summary>A call has ended.</summary>
    public void CallFinished() => Interlocked.Increment(ref _finished);

    /// <summary><see cref="CallFinished"/>, made once for all calls that end when something else has.</summary>
    public Action OnWritten => _onWritten ??= CallFinished;

    /// <summary>Counts its calls from now on; a watcher begins with it, and what another one has seen on a clock of its own is forgotten.</summary>
    public void Mark()
    {
        _callsAtMark = Counts.Started;
        _quiet = null;
    }

    /// <summary>Finds out, for what follows, whether its client has asked all the time since it was marked.</summary>
    /// <param name="time">The time since then.</param>
    public bool LookForConstantUse(TimeSpan time) => _isInConstantUse = ClosingRules.IsConstantUse(Counts.Started - _callsAtMark, time);

    /// <summary>Looks at it, and closes it where it has been quiet for long enough. One watcher at a time.</summary>
    /// <param name="now">The moment, on the watcher's clock.</param>
    public void CloseIfQuiet(TimeSpan now)
    {
        _quiet = ClosingRules.Follow(_quiet, Counts, now);
        if (ClosingRules.IsQuietEnough(_quiet, now, _isInConstantUse))
            RequestClose();
    }

    /// <summary>Looks at one that is as good as due, and closes it by <see cref="AgeRules"/>. One watcher at a time.</summary>
    /// <param name="now">The moment, on the watcher's clock.</param>
    public void CloseByAge(TimeSpan now)
    {
        MeasureUse(now);
        if (!_isMeasured || IsOpening || now < due)
            return;
        CloseIfQuiet(now);
        if (AgeRules.HandOver(now - due.GetValueOrDefault(), _isInConstantUse) is { } alone)
            HandOver(alone);
    }

    /// <summary>Closes it at the next call.</summary>
    /// <param name="alone">Whether that has to be one that begins while there is no other.</param>
    public void HandOver(bool alone) => Volatile.Write(ref _closing, (int)(alone ? Closing.AtLoneCall : Closing.AtAnyCall));

    /// <summary>Closes it with the answer to its present call, or to the next one. Only for one whose calls come one after another.</summary>
    public void CloseWithAnswer()
    {
        HandOver(alone: false);
        if (!Counts.IsIdle)
            RequestClose();
    }

    /// <summary>Ends it with all its calls.</summary>
    public void Abort()
    {
        Volatile.Write(ref _isAborted, 1);
        abort();
    }

    // What it was like a while ago says little, so each measurement is followed by another one.
    private void MeasureUse(TimeSpan now)
    {
        if (_markedAt is { } start)
        {
            if (now - start < AgeRules.MeasuredTime)
                return;
            LookForConstantUse(now - start);
            _isMeasured = true;
        }

        (_markedAt, _callsAtMark) = (now, Counts.Started);
    }

    private bool RequestClose()
    {
        if (Interlocked.Exchange(ref _isCloseRequested, 1) != 0)
            return false;
        requestClose();
        return true;
    }

    private enum Closing
    {
        None = 0,
        AtLoneCall,
        AtAnyCall,
    }
}
