using System.Collections.Immutable;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Requests;
using Sidecar.Emulator.Updates;
using static Sidecar.Emulator.Control.ControlExchange;

namespace Sidecar.Emulator.Control;

/// <summary>The part of the control API that is about real-time updates; its routes stand at <see cref="ControlEndpoints"/>.</summary>
internal sealed class ControlUpdates(UpdateStream updates, TimeProvider time)
{
    private const int MostPingBytes = 64 * 1024 * 1024;

    private static readonly ImmutableDictionary<string, UpdateKind> Kinds = Words.CamelCase<UpdateKind>();
    private static readonly ImmutableDictionary<string, ReleaseOrder> Orders = Words.CamelCase<ReleaseOrder>();

    /// <summary>Does what is asked for.</summary>
    /// <param name="context">The request.</param>
    /// <param name="path">Its path, behind that of this part.</param>
    public async Task<CloudAnswer> AnswerAsync(HttpContext context, string[] path)
    {
        try
        {
            return await RouteAsync(context, path);
        }
        catch (ArgumentException wrong)
        {
            // The same rules hold in the process and over HTTP; here they are told without the name of the parameter.
            throw new EmulatorDataException($"$.{wrong.Message.Split(" (Parameter")[0]}", wrong);
        }
    }

    private async Task<CloudAnswer> RouteAsync(HttpContext context, string[] path)
    {
        switch (context.Request.Method, path)
        {
            case ("GET", []):
                return Ok(json => UpdateBodies.Write(json, updates));
            case ("PUT", []):
                await ReadAsync(context, ReadSettings);
                return Done();
            case ("POST", ["reset"]):
                updates.Counts.Reset();
                return Done();
            case ("POST", ["hold"]):
                updates.Hold();
                return Done();
            case ("POST", ["refuse"]):
                await ReadAsync(context, ReadRefusal);
                return Done();
            case ("DELETE", ["refuse"]):
                updates.Faults.AcceptConnects();
                return Done();
            case ("DELETE", ["faults"]):
                updates.Faults.Clear();
                return Done();
            case ("POST", ["text"]):
                return Counted(updates.SendText(await ReadTextAsync(context)));
            case ("POST", ["payload", var kind]) when Kinds.TryGetValue(kind, out var known):
                return Counted(updates.PushPayload(known, await ReadTextAsync(context)));
            case ("POST", [var action]) when Find(action) is { } read:
                return Counted(await ReadAsync(context, read));
            default:
                return Nothing(context);
        }
    }

    /// <summary>Reads what an action needs, and returns the action.</summary>
    private Func<JsonFields, Func<int>>? Find(string action)
    {
        switch (action)
        {
            case "state":
                return fields =>
                {
                    var (customerId, resourceId) = (fields.Required("customerId").Text(), fields.Text("resourceId"));
                    return () => updates.PushState(customerId, resourceId);
                };
            case "changed":
                return fields =>
                {
                    var (customerId, resourceId) = (fields.Required("customerId").Text(), fields.Text("resourceId"));
                    return () => updates.PushChanged(customerId, resourceId);
                };
            case "usage":
                return fields =>
                {
                    var usage = UpdateBodies.ReadUsage(fields);
                    return () => updates.PushUsage(usage);
                };
            case "package":
                return fields =>
                {
                    var package = UpdateBodies.ReadPackage(fields);
                    return () => updates.PushPackage(package);
                };
            case "ping":
                return fields =>
                {
                    var bytes = fields.Integer("bytes", 1, MostPingBytes);
                    return () => bytes is { } given ? updates.SendPing(given) : updates.SendPing();
                };
            case "error":
                return fields =>
                {
                    var message = fields.Text("message") ?? "This failure was ordered";
                    return () => updates.FailSubscriptions(message);
                };
            case "release":
                return fields =>
                {
                    var order = fields.Word("order", Orders) ?? ReleaseOrder.Pushed;
                    var seed = fields.Integer("seed", int.MinValue, int.MaxValue) ?? 0;
                    return () => updates.Release(order, seed);
                };
            case "close":
                return fields =>
                {
                    var (code, reason) = (fields.Required("code").Integer(0, int.MaxValue), fields.Text("reason") ?? "");
                    return () => updates.Faults.CloseAll(code, reason);
                };
            case "complete":
                return _ => updates.CompleteSubscriptions;
            case "cut":
                return _ => updates.Faults.CutAll;
            case "freeze":
                return _ => updates.Faults.FreezeAll;
            case "thaw":
                return _ => updates.Faults.ThawAll;
            default:
                return null;
        }
    }

    private Func<int> ReadSettings(JsonFields fields)
    {
        const int longest = int.MaxValue;
        var automatic = fields.Flag("automatic");
        var copies = fields.Integer("copies", 1, 1000);
        var initTimeout = Milliseconds(fields.Integer("initTimeoutMs", 1, longest));
        var invalidKeyCode = fields.Integer("invalidKeyCode", 1000, 4999);
        var acknowledges = fields.Flag("acknowledges");
        var answersPings = fields.Flag("answersPings");
        var pongDelay = Milliseconds(fields.Integer("pongDelayMs", 0, longest));
        var frameBytes = fields.Integer("frameBytes", 0, longest);
        return () =>
        {
            var faults = updates.Faults;
            updates.InvalidKeyCode = invalidKeyCode ?? updates.InvalidKeyCode;
            updates.IsAutomatic = automatic ?? updates.IsAutomatic;
            updates.Copies = copies ?? updates.Copies;
            updates.InitTimeout = initTimeout ?? updates.InitTimeout;
            faults.Acknowledges = acknowledges ?? faults.Acknowledges;
            faults.AnswersPings = answersPings ?? faults.AnswersPings;
            faults.PongDelay = pongDelay ?? faults.PongDelay;
            faults.FrameBytes = frameBytes ?? faults.FrameBytes;
            return 0;
        };
    }

    private Func<int> ReadRefusal(JsonFields fields)
    {
        var times = fields.Integer("times", 1, int.MaxValue);
        var status = fields.Integer("status", 200, 599);
        var reset = fields.Flag("reset") ?? false;
        var code = fields.Integer("code", 0, int.MaxValue);
        var reason = fields.Text("reason") ?? "";
        Action refuse = (status, reset, code) switch
        {
            ({ } given, false, null) => () => updates.Faults.RefuseConnects(given, times),
            (null, true, null) => () => updates.Faults.ResetConnects(times),
            (null, false, { } given) => () => updates.Faults.CloseConnects(given, reason, times),
            _ => throw new EmulatorDataException("$: exactly one of \"status\", \"reset\" and \"code\" must be given"),
        };
        return () =>
        {
            refuse();
            return 0;
        };
    }

    /// <summary>Reads a body, which may be left out where nothing has to be said, to its end, and only then acts.</summary>
    private async Task<int> ReadAsync(HttpContext context, Func<JsonFields, Func<int>> read)
    {
        var body = await ReadTextAsync(context);
        var act = JsonCursor.Parse(body.Length > 0 ? body : "{}", time.GetUtcNow(), cursor =>
        {
            var fields = cursor.Fields();
            var whole = read(fields);
            fields.End();
            return whole;
        });
        return act();
    }

    private static CloudAnswer Counted(int count) => Ok(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("count", count);
        json.WriteEndObject();
    });

    private static TimeSpan? Milliseconds(int? number) => number is { } given ? TimeSpan.FromMilliseconds(given) : null;
}
