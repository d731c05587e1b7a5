using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Edge;
using Sidecar.Emulator.Requests;
using static Sidecar.Emulator.Control.ControlExchange;

namespace Sidecar.Emulator.Control;

/// <summary>
/// The emulator's own API, for demos and by hand. It asks for no key and is never counted. Ids stand percent-encoded in the
/// path. Bodies are JSON of at most 1 MiB; a field that is not known is refused by name.
/// <code>
/// GET    /_control/customers                       the ids
/// GET    /_control/customers/{id}                  a customer in the data file's form
/// PUT    /_control/customers/{id}                  adds or replaces one, same form; answers with what is kept
/// DELETE /_control/customers/{id}                  removes one
/// PUT    /_control/customers/{id}/usage            {"feature" or "currency", "currentUsage", "resourceId"?, "usageUpdatedAt"?}
/// PUT    /_control/customers/{id}/raw-state[?resourceId=…]   answer reads of this entry with this body, as it is
/// DELETE /_control/customers/{id}/raw-state[?resourceId=…]   no longer
/// GET    /_control/counters                        what arrived
/// POST   /_control/counters/reset                  counts from 0
/// GET    /_control/requests                        the latest requests, one by one
/// GET    /_control/faults                          the rules, with how many requests each has met
/// POST   /_control/faults                          adds one: {"kind", "target"?, "customerId"?, "resourceId"?, "times"?,
///                                                  "delayMs"?, "status"?, "code"?, "body"?, "afterBytes"?, "variant"?,
///                                                  "moment"?, "probability"?, "seed"?}
/// DELETE /_control/faults                          takes all away
/// DELETE /_control/faults/{number}                 takes one away
/// PUT    /_control/api-key                         {"apiKey"}: accept this one from now on
///
/// GET    /_control/ledger                          what was reported and counted, in all and by customer and feature
/// PUT    /_control/ledger                          {"entriesAtMost"}: how many of the latest entries are kept one by one
/// GET    /_control/ledger/entries                  these, oldest first
/// GET    /_control/ledger/keys/{key}               {"count", "measurements", "events"}: how often this idempotency key was counted
/// GET    /_control/ledger/customers/{id}           what was counted of a customer and its resources
/// POST   /_control/ledger/reset                    counts from 0, and forgets the keys of events
///
/// GET    /_control/updates                         the real-time updates: settings, what is open, what was counted
/// PUT    /_control/updates                         any of {"automatic", "copies", "initTimeoutMs", "invalidKeyCode",
///                                                  "acknowledges", "answersPings", "pongDelayMs", "frameBytes"}; frameBytes 0: whole
/// POST   /_control/updates/reset                   counts from 0
/// POST   /_control/updates/state                   {"customerId", "resourceId"?}: tells the present state
/// POST   /_control/updates/changed                 {"customerId", "resourceId"?}: tells an empty list without a reason
/// POST   /_control/updates/usage                   {"customerId", "resourceId"?, "feature" or "currency", "currentUsage",
///                                                  "usageUpdatedAt"?, "usagePeriodStart"?, "usagePeriodEnd"?}
/// POST   /_control/updates/package                 {"migrationType"? (ALL_CUSTOMERS NEW_CUSTOMERS), "packageType"?,
///                                                  "packageRefId"?, "packageVersion"?, "accountId"?, "environmentId"?}
/// POST   /_control/updates/payload/{kind}          the body as payload of updates: entitlements, usage or package
/// POST   /_control/updates/text                    the body as one message, as it is
/// POST   /_control/updates/ping                    {"bytes"?}: sends a ping, of this size
/// POST   /_control/updates/complete                ends all subscriptions
/// POST   /_control/updates/error                   {"message"?}: ends all subscriptions so
/// POST   /_control/updates/hold                    holds all updates back
/// POST   /_control/updates/release                 {"order"? (pushed reversed shuffled), "seed"?}: lets them go
/// POST   /_control/updates/cut                     resets all connections
/// POST   /_control/updates/close                   {"code", "reason"?}: closes all sockets
/// POST   /_control/updates/freeze                  reads and writes nothing more on the open sockets
/// POST   /_control/updates/thaw                    goes on
/// POST   /_control/updates/refuse                  {"times"?} and {"status"}: no upgrade, {"reset": true}: no answer,
///                                                  or {"code", "reason"?}: closed at the connection_init
/// DELETE /_control/updates/refuse                  refuses nobody any more
/// DELETE /_control/updates/faults                  thaws, refuses nobody, acknowledges, answers pings at once, sends whole frames
/// </code>
/// What sends or ends something answers with {"count"}: of the messages, or of the connections.
///
/// Kinds of faults: delay, status, errors, cut, cutMidBody, hang, brokenBody, garbageHeaders; targets: config and state (Edge),
/// apiConfig, apiState, apiUsage, apiUsageBulk and apiEvents (GraphQL), any; variants of a broken body: truncatedJson, html,
/// empty, nullData, errors, wrongShape; moments, which say whether a report is counted: unread and unprocessed (it is not),
/// processed (it is).
/// For example:
/// <code>
/// curl -X POST http://127.0.0.1:8090/_control/faults -d '{"kind": "status", "status": 503, "times": 2}'
/// curl -X POST http://127.0.0.1:8090/_control/faults -d '{"target": "apiState", "kind": "errors", "code": "RateLimitExceeded"}'
/// curl -X POST http://127.0.0.1:8090/_control/faults -d '{"target": "apiUsage", "kind": "cut", "probability": 0.1}'
/// curl -X PUT http://127.0.0.1:8090/_control/customers/customer-demo/usage -d '{"feature": "feature-api-calls", "currentUsage": 1000}'
/// curl -X POST http://127.0.0.1:8090/_control/updates/close -d '{"code": 4429, "reason": "ThrottlerException: Too Many Requests"}'
/// </code>
/// </summary>
internal sealed class ControlEndpoints(EmulatorControl control, TimeProvider time)
{
    /// <summary>What all paths of this API start with.</summary>
    public const string Prefix = "/_control/";

    private const string Customers = "customers";
    private const string Faults = "faults";

    private readonly ControlUpdates _updates = new(control.Updates, time);
    private readonly ControlLedger _ledger = new(control.Ledger, time);

    public async Task HandleAsync(HttpContext context)
    {
        CloudAnswer answer;
        try
        {
            answer = await AnswerAsync(context);
        }
        catch (EmulatorDataException wrong)
        {
            answer = Refused(StatusCodes.Status400BadRequest, wrong.Message);
        }
        catch (KeyNotFoundException missing)
        {
            answer = Refused(StatusCodes.Status404NotFound, missing.Message);
        }
        catch (BadHttpRequestException refused)
        {
            answer = Refused(refused.StatusCode, refused.Message);
        }
        await AnswerDelivery.SendAsync(context, answer, context.RequestAborted);
    }

    private async Task<CloudAnswer> AnswerAsync(HttpContext context)
    {
        // The target as it was sent: the server's path would have lost what an id has encoded.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var segments = target.Split('?')[0][Prefix.Length..].Split('/');
        switch (context.Request.Method, segments)
        {
            case ("GET", [Customers]):
                return Ok(json => WriteList(json, Customers, control.Data.Customers.Keys, (writer, id) => writer.WriteStringValue(id)));
            case ("GET", [Customers, var id]):
                return Ok(json => CustomerWriter.Write(json, control.FindCustomer(Id(id)) ?? throw NoCustomer(id)));
            case ("PUT", [Customers, var id]):
                var kept = control.PutCustomer(Id(id), await ReadTextAsync(context));
                return Ok(json => CustomerWriter.Write(json, kept));
            case ("DELETE", [Customers, var id]):
                return control.RemoveCustomer(Id(id)) ? Done() : throw NoCustomer(id);
            case ("PUT", [Customers, var id, "usage"]):
                SetUsage(Id(id), await ReadAsync(context, ControlBodies.ReadUsage));
                return Done();
            case ("PUT", [Customers, var id, "raw-state"]):
                control.SetRawState(Id(id), await ReadBytesAsync(context), ResourceId(context));
                return Done();
            case ("DELETE", [Customers, var id, "raw-state"]):
                control.SetRawState(Id(id), (byte[]?)null, ResourceId(context));
                return Done();
            case ("GET", ["counters"]):
                return Ok(json => ControlBodies.Write(json, control.Requests.Snapshot()));
            case ("POST", ["counters", "reset"]):
                control.Requests.Reset();
                return Done();
            case ("GET", ["requests"]):
                return Ok(json => WriteList(json, "requests", control.Requests.Recorded(), ControlBodies.Write));
            case ("GET", [Faults]):
                return Ok(json => WriteList(json, Faults, control.Faults.List(), ControlBodies.Write));
            case ("POST", [Faults]):
                var number = control.Faults.Add(await ReadAsync(context, ControlBodies.ReadFault));
                return Ok(json => WriteId(json, number));
            case ("DELETE", [Faults]):
                control.Faults.Clear();
                return Done();
            case ("DELETE", [Faults, var rule]):
                return int.TryParse(rule, NumberStyles.None, CultureInfo.InvariantCulture, out var known) && control.Faults.Remove(known)
                    ? Done()
                    : throw new KeyNotFoundException($"there is no fault {rule}");
            case (_, ["updates", .. var rest]):
                return await _updates.AnswerAsync(context, rest);
            case (_, ["ledger", .. var rest]):
                return await _ledger.AnswerAsync(context, rest);
            case ("PUT", ["api-key"]):
                control.ApiKey = await ReadAsync(context, ControlBodies.ReadApiKey);
                return Done();
            default:
                return Nothing(context);
        }
    }

    private void SetUsage(string customerId, UsageChange change)
    {
        if (change.FeatureId is { } featureId)
            control.SetUsage(customerId, featureId, change.CurrentUsage, change.ResourceId, change.UpdatedAt);
        else
            control.SetCreditUsage(customerId, change.CurrencyId!, change.CurrentUsage, change.ResourceId, change.UpdatedAt);
    }

    private static string Id(string segment) =>
        EdgeRequest.DecodeSegment(segment)
        ?? throw new EmulatorDataException("the customer id is not one percent-encoded path segment in UTF-8");

    private static string? ResourceId(HttpContext context) => context.Request.Query["resourceId"] is [{ Length: > 0 } id] ? id : null;

    private static KeyNotFoundException NoCustomer(string segment) => new($"there is no customer \"{Id(segment)}\"");

    private async Task<T> ReadAsync<T>(HttpContext context, Func<JsonCursor, T> read) =>
        JsonCursor.Parse(await ReadTextAsync(context), time.GetUtcNow(), read);

    private static void WriteId(Utf8JsonWriter json, int number)
    {
        json.WriteStartObject();
        json.WriteNumber("id", number);
        json.WriteEndObject();
    }
}
