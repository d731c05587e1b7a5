using Akka.Actor;

namespace Sidecar.Actors.Entries;

/// <summary>When the actor has nothing to do, and how it ends.</summary>
public sealed partial class CustomerActor
{
    // Kept for a while: what no view shows, since what it belongs to may be about to come; how often it has crashed; and that there is nothing
    // in the persistent cache, or each question would look there again as long as the cloud is out of reach.
    private bool MayEnd(TimeSpan now) => !IsBusy && !_entries.Values.Any(e => e.IsHeld(now))
        && (now - _activeAt >= IdleTime
            || (_pause.Failures == 0 && !_entries.Values.Any(e => e.State.HasUnmatchedUsages || e is { WasLoaded: true, State.Known: null })));

    private bool IsBusy => _saves > 0 || _pause.IsOn || _entries.Values.Any(e => e.IsBusy);

    private void CheckIdlenessIn(TimeSpan time) =>
        _idleCheck = Context.System.Scheduler.ScheduleTellOnceCancelable(time, Self, IdleCheck.Instance, ActorRefs.NoSender);

    private void OnIdleCheck()
    {
        var left = IdleTime - (_services.Clock.Uptime - _activeAt);
        if (left > TimeSpan.Zero)
        {
            CheckIdlenessIn(left);
            return;
        }

        // Whatever is under way ends with a message, which is activity.
        if (MayEnd(_services.Clock.Uptime))
            SayIdle();
        CheckIdlenessIn(IdleTime);
    }

    // A process by itself: see IdleTime. Whatever is under way ends with a message.
    private void SayIdleAtOnce()
    {
        if (IsBusy || _hasSaidIdle)
            return;
        if (MayEnd(_activeAt))
        {
            _hasSaidIdle = true;
            SayIdle();
        }
        else if (_idleCheck is null)
        {
            CheckIdlenessIn(IdleTime);
        }
    }

    private void OnStopIfIdle()
    {
        if (MayEnd(_services.Clock.Uptime))
        {
            End();
            return;
        }

        _hasSaidIdle = false;
        Context.Parent.Tell(Busy.Instance);
        SayIdleAtOnce();
    }

    private void End()
    {
        foreach (var entry in _entries.Values)
            LetGo(entry);
        Context.Stop(Self);
    }

    // What no view shows would be forgotten: whoever asks next has it read.
    private void LetGo(Entry entry)
    {
        if (entry.SaveNumber is not null || !entry.Unsaved.IsNone)
        {
            // It is not waited for: the store may hang, and the end of the process with it. It may still come; who pays what is owed makes sure.
            EnsurePublished(entry);
            _services.Snapshots?.Owed(entry.Key);
        }

        if (entry.IsLooking)
            _services.Snapshots?.LookFailed(entry.Key);
        if (!entry.State.HasUnmatchedUsages)
            return;
        entry.State = entry.State.Invalidated();
        PublishUnused(entry);
    }
}
