using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Emulator.Data;
using Sidecar.Emulator.Edge;
using Sidecar.Emulator.Requests;

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
///                                                  "delayMs"?, "status"?, "code"?, "body"?, "afterBytes"?, "variant"?}
/// DELETE /_control/faults                          takes all away
/// DELETE /_control/faults/{number}                 takes one away
/// PUT    /_control/api-key                         {"apiKey"}: accept this one from now on
/// </code>
/// Kinds of faults: delay, status, errors, cut, cutMidBody, hang, brokenBody, garbageHeaders; targets: config and state (Edge),
/// apiConfig and apiState (GraphQL), any; variants of a broken body: truncatedJson, html, empty, nullData, errors, wrongShape.
/// For example:
/// <code>
/// curl -X POST http://127.0.0.1:8090/_control/faults -d '{"kind": "status", "status": 503, "times": 2}'
/// curl -X POST http://127.0.0.1:8090/_control/faults -d '{"target": "apiState", "kind": "errors", "code": "RateLimitExceeded"}'
/// curl -X PUT http://127.0.0.1:8090/_control/customers/customer-demo/usage -d '{"feature": "feature-api-calls", "currentUsage": 1000}'
/// </code>
/// </summary>
internal sealed class ControlEndpoints(EmulatorControl control, TimeProvider time)
{
    /// <summary>What all paths of this API start with.</summary>
    public const string Prefix = "/_control/";

    private const string Customers = "customers";
    private const string Faults = "faults";

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
            case ("PUT", ["api-key"]):
                control.ApiKey = await ReadAsync(context, ControlBodies.ReadApiKey);
                return Done();
            default:
                return Refused(StatusCodes.Status404NotFound, $"the control API has no {context.Request.Method} of this path");
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

    private static async Task<string> ReadTextAsync(HttpContext context) => Encoding.UTF8.GetString(await ReadBytesAsync(context));

    private static async Task<byte[]> ReadBytesAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    private static CloudAnswer Ok(Action<Utf8JsonWriter> write) => CloudAnswer.Json(ControlBodies.Write(write));

    private static CloudAnswer Done() => new(StatusCodes.Status204NoContent, string.Empty, []);

    private static CloudAnswer Refused(int status, string message) => CloudAnswer.Json(
        ControlBodies.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("error", message);
            json.WriteEndObject();
        }),
        status);

    private static void WriteId(Utf8JsonWriter json, int number)
    {
        json.WriteStartObject();
        json.WriteNumber("id", number);
        json.WriteEndObject();
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartObject();
        json.WriteStartArray(name);
        foreach (var item in items)
            write(json, item);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
