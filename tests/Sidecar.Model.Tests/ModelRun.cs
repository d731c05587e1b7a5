using System.Net;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;

namespace Sidecar.Model.Tests;

/// <summary>
/// One run: carries commands out on the service and on the reference, and holds the one against the other after each thing that happens.
/// </summary>
/// <param name="rest">Tells when what was set going has come to rest.</param>
/// <param name="hasStore">Whether there is a persistent cache.</param>
internal sealed class ModelRun(Rest rest, bool hasStore) : IDisposable
{
    private static readonly TimeSpan[] Times =
    [
        TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1),
        TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(11), TimeSpan.FromSeconds(31),
        TimeSpan.FromSeconds(61), TimeSpan.FromMinutes(20),
    ];

    private readonly ModelService _service = new(rest, hasStore);
    private readonly Reference _reference = new() { HasStore = hasStore };
    private readonly List<string> _trace = [];
    private CloudTruth _earlier = CloudTruth.AtFirst;
    private int _number;

    /// <summary>What happened, for people.</summary>
    public string Trace => string.Join('\n', _trace);

    private CloudTruth Truth
    {
        get => _service.Edge.Truth;
        set => _service.Edge.Truth = value;
    }

    private VirtualClock Clock => _service.Clock;

    /// <summary>Carries commands out, and at the end lets everything heal: what is known then is what is true.</summary>
    public void Carry(IEnumerable<Command> commands)
    {
        try
        {
            Look();
            foreach (var command in commands)
            {
                _trace.Add($"{Clock.Uptime} {command}");
                Carry(command);
            }

            Heal();
        }
        catch (DivergenceException e)
        {
            throw new DivergenceException($"{e.Message}\n{Trace}");
        }
    }

    public void Dispose() => _service.Dispose();

    private void Carry(Command command)
    {
        var key = CloudTruth.Keys[command.Pick % CloudTruth.Keys.Length];
        switch (command.Kind)
        {
            case CommandKind.Ask:
                Ask(key, command.Way);
                break;
            case CommandKind.Answer or CommandKind.AnswerAsItWas or CommandKind.Fail:
                End(command);
                break;
            case CommandKind.ChangeSet:
                Truth = Truth.WithSetChanged(key, command.Way, Clock.Utc);
                break;
            case CommandKind.Use:
                var feature = CloudWords.Features[command.Way % CloudWords.Features.Length];
                Truth = Truth.WithUsed(key, feature, Clock.Utc, isOfSameDate: CloudWords.IsIncremental(feature) && command.Way % 3 == 0);
                break;
            case CommandKind.Deliver or CommandKind.DeliverTwice:
                Deliver(command);
                break;
            case CommandKind.SayChanged:
                Say(CloudWords.ChangeNews(key), () => _reference.Tell(new Told(key, null, null, null)));
                break;
            case CommandKind.Publish:
                Say(CloudWords.Publish(), _reference.TellPublished);
                break;
            case CommandKind.Drop when _service.Socket is { IsOver: false } socket:
                if (command.Way % 3 == 2)
                    socket.IsSilent = true;
                else
                    socket.End(isByCloud: command.Way % 3 == 1);
                break;
            case CommandKind.Refuse:
                _service.IsStreamRefused = !_service.IsStreamRefused;
                break;
            case CommandKind.Report:
                Report(key, CloudWords.Features[command.Way % CloudWords.Features.Length]);
                break;
            case CommandKind.Reload:
                _number++;
                _reference.Reload(_number, key, Clock.Uptime);
                _service.Reload(_number, key);
                break;
            case CommandKind.Evict:
                _service.Fill(isFull: true);
                rest.Await();
                _service.Fill(isFull: false);
                break;
            case CommandKind.Die:
                _service.Edge.IsDead = !_service.Edge.IsDead;
                break;
            case CommandKind.TroubleStore when command.Way % 3 == 0:
                _service.Store.Heal();
                break;
            case CommandKind.TroubleStore:
                (_service.Store.IsFailing, _service.Store.IsHanging) = (command.Way % 3 == 1, command.Way % 3 == 2);
                break;
            case CommandKind.WriteStored:
                _service.Store.Write(key, (command.Way % 2 == 0 ? Truth : _earlier).Contents[key]);
                _earlier = Truth;
                break;
            case CommandKind.Pass:
                Pass(Times[command.Way % Times.Length]);
                break;
        }

        Look();
        var bytes = _service.BytesToCharge(_reference.Waiting);
        if (_service.ChargedBytes != bytes)
            throw new DivergenceException($"{_service.ChargedBytes} bytes are charged, where {bytes} are there");
        if (_service.Socket is not { IsOpen: true, IsSilent: false })
            // What is missed is never sent again.
            Truth = Truth with { OnItsWay = [] };
    }

    private void Ask(EntryKey key, int way)
    {
        _number++;
        _reference.Ask(_number, key, Inquiry.Of(way), Clock.Uptime, Clock.Utc);
        _service.Ask(_number, key, Inquiry.Of(way));
    }

    private void Deliver(Command command)
    {
        if (Truth.OnItsWay.Count == 0)
            return;
        var told = Truth.OnItsWay[command.Pick % Truth.OnItsWay.Count];
        if (command.Kind == CommandKind.Deliver)
            Truth = Truth with { OnItsWay = Truth.OnItsWay.Remove(told) };
        _trace.Add($"  {told}");
        Say(told.Text, () => _reference.Tell(told));
    }

    private void Say(string text, Action tell)
    {
        if (_service.Socket is not { IsOpen: true, IsSilent: false } socket)
            return;
        tell();
        socket.Say(text);
    }

    private void Report(EntryKey key, string feature)
    {
        var report = new UsageReport([new Measurement(key, feature, 1, $"report-{++_number}")], IsBulk: false);
        _ = _service.ReportAsync(report);
    }

    private void End(Command command)
    {
        var held = _service.Edge.Held;
        if (held.Count == 0)
            return;
        var request = held[command.Pick % held.Count];
        _trace.Add($"  {request.Kind} {request.Key}");
        if (command.Kind == CommandKind.Fail)
            Fail(request, command.Way);
        else if (request.Kind == RequestKind.Report)
            Acknowledge(request, command.Way);
        else
            request.Answer(CloudWords.State((command.Kind == CommandKind.Answer ? Truth : request.Truth).Contents[request.Key]));
    }

    private static void Fail(HeldRequest request, int way)
    {
        switch (way % 6)
        {
            case 0:
                request.Answer("it went wrong", HttpStatusCode.InternalServerError);
                break;
            case 1:
                request.Break();
                break;
            case 2:
                request.Answer("no such key", HttpStatusCode.Unauthorized);
                break;
            case 3:
                request.Answer("""{"data": {"entitlementsSt""");
                break;
            case 4:
                request.Answer("not here", HttpStatusCode.NotFound);
                break;
            default:
                request.Answer("""{"errors": [{"message": "it went wrong", "extensions": {"code": "UnexpectedError"}}]}""");
                break;
        }
    }

    // What the cloud counts is in force when that is told: with its date, without its period, or with no more than that it counted.
    private void Acknowledge(HeldRequest request, int way)
    {
        var feature = CloudWords.Features.First(id => request.Body.Contains($"\"{id}\"", StringComparison.Ordinal));
        if (Truth.Contents[request.Key].Grants.GetValueOrDefault(feature) is null)
        {
            request.Answer("""{"errors": [{"message": "no such feature", "extensions": {"code": "FeatureNotFound"}}]}""");
            return;
        }

        Truth = Truth.Used(request.Key, feature, Clock.Utc);
        var use = Truth.Contents[request.Key].Grants[feature].Use;
        Truth = Truth.Sent(new Told(request.Key, null, feature, use));
        var told = way % 4 == 2 ? use with { From = null, To = null } : use;
        _reference.TellReported(request.Key, feature, way % 4 == 3 ? null : told with { IsReported = true }, Clock.Uptime);
        var text = CloudWords.Reported(request.Key, feature, told);
        request.Answer(way % 4 == 3 ? text.Replace("\"timestamp\"", "\"other\"", StringComparison.Ordinal) : text);
    }

    private void Pass(TimeSpan time)
    {
        var until = Clock.Uptime + time;
        while (Clock.GoOn(until))
            Look();
    }

    private void Look()
    {
        rest.Await();
        if (_service.IsStreamUp && !_reference.Stream.IsUp)
        {
            _trace.Add($"  {Clock.Uptime} the stream is up");
            _reference.StreamCameUp(Clock.Uptime, _service.Socket!.LastSaid);
        }
        else if (!_service.IsStreamUp && _reference.Stream.IsUp)
        {
            _trace.Add($"  {Clock.Uptime} the stream is down");
            _reference.StreamWentDown(_service.Socket!.LastSaid);
        }

        if (_service.IsSuspended && !_reference.IsSuspended && _service.Edge.Row.Failures < 3)
            throw new DivergenceException($"reads are suspended after {_service.Edge.Row}");
        if (!_service.IsSuspended && _service.Edge.Row.Entries >= 3)
            throw new DivergenceException($"reads are not suspended after {_service.Edge.Row}");
        if (_service.IsSuspended != _reference.IsSuspended)
            _trace.Add($"  {Clock.Uptime} reads are {(_service.IsSuspended ? "suspended" : "sent again")}");
        var seen = _service.TakeSeen();
        foreach (var one in seen)
            _trace.Add($"  {Clock.Uptime:c} {one}");
        _reference.IsSuspended = _service.IsSuspended;
        _reference.IsReloadSuspended = _service.IsReloadSuspended;
        _reference.Check(seen, _service.Living, Clock.Uptime, Clock.Utc);
    }

    // Everything works again. The stream comes up once more, so that all that was missed is asked for.
    private void Heal()
    {
        _trace.Add($"{Clock.Uptime} heals");
        (_service.Edge.IsDead, _service.IsStreamRefused) = (false, false);
        _service.Store.Heal();
        Look();
        _service.Socket?.End(isByCloud: false);
        for (var second = 0; second < 60; second++)
        {
            Pass(TimeSpan.FromSeconds(1));
            AnswerAll();
        }

        foreach (var key in CloudTruth.Keys)
        {
            Ask(key, 0);
            Look();
            AnswerAll();
        }

        Pass(TimeSpan.FromSeconds(1));
        Look();
        if (!_reference.Stream.IsUp || _reference.Waiting.Any())
        {
            throw new DivergenceException(
                $"it does not heal: {_reference.Waiting.Count()} wait, the stream is {(_reference.Stream.IsUp ? "up" : "down")}");
        }

        foreach (var key in CloudTruth.Keys)
        {
            var (known, truth) = (_reference[key].Known!, Truth.Contents[key]);
            if (!known.SaysWhat(truth))
                throw new DivergenceException($"of {key} is known {known}, and true is {truth}");
            var stored = _service.Store[key] is { } state ? Seen.Of(state) : null;
            if (hasStore && !_service.Store.IsOwed(key) && (known.IsUnknown ? stored is not null : stored != known))
                throw new DivergenceException($"of {key} is stored {stored?.ToString() ?? "nothing"}, and known is {known}");
        }
    }

    private void AnswerAll()
    {
        for (var rounds = 0; _service.Edge.Held is { Count: > 0 } held; rounds++)
        {
            if (rounds > 100)
                throw new DivergenceException("requests have no end");
            if (held[0].Kind == RequestKind.Report)
                held[0].Answer("it went wrong", HttpStatusCode.InternalServerError);
            else
                held[0].Answer(CloudWords.State(Truth.Contents[held[0].Key]));
            Look();
        }
    }
}
