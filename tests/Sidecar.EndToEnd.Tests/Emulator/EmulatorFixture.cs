using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Sidecar.Emulator;
using Sidecar.Emulator.Control;
using Xunit;

namespace Sidecar.EndToEnd.Tests.EmulatorSpecs;

/// <summary>An emulator with the demo data and a client of it, new for each spec.</summary>
public abstract class EmulatorFixture : IAsyncLifetime
{
    /// <summary>Long enough for anything that is going to happen.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Of a body, in characters.
    private const int MostUnasked = 64 * 1024;

    protected CloudEmulator Emulator { get; private set; } = null!;

    protected EmulatorControl Control => Emulator.Control;

    protected HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>Ends whatever hangs.</summary>
    protected CancellationToken InTime { get; } = new CancellationTokenSource(Patience).Token;

    protected virtual EmulatorOptions Options => new();

    public async Task InitializeAsync() => Emulator = await CloudEmulator.StartAsync(Options, InTime);

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await Emulator.DisposeAsync();
    }

    protected static string StatePath(string customerId, string? resourceId = null)
    {
        // The framework leaves plain dots as they are, and then resolves them as a way.
        var path = $"/v1/c/{Uri.EscapeDataString(customerId).Replace(".", "%2E", StringComparison.Ordinal)}/entitlements-state.json";
        return resourceId is null ? path : $"{path}?resourceId={Uri.EscapeDataString(resourceId)}";
    }

    protected Task<HttpResponseMessage> ReadStateAsync(string customerId, string? resourceId = null, string? apiKey = EmulatorOptions.DefaultApiKey) =>
        SendAsync(HttpMethod.Get, StatePath(customerId, resourceId), body: null, apiKey);

    protected Task<HttpResponseMessage> ReadConfigAsync(string? apiKey = EmulatorOptions.DefaultApiKey) =>
        SendAsync(HttpMethod.Get, "/v1/config/server-sdk-configuration.json", body: null, apiKey);

    protected async Task<JsonElement> StateAsync(string customerId, string? resourceId = null)
    {
        using var response = await ReadStateAsync(customerId, resourceId);
        response.EnsureSuccessStatusCode();
        var body = await JsonOf(response);
        return body.GetProperty("data").GetProperty("entitlementsState");
    }

    protected async Task<HttpResponseMessage> SendAsync(HttpMethod method, string target, string? body = null, string? apiKey = null)
    {
        // The target goes out as it stands here, or %2E%2E would be resolved before it is sent.
        var verbatim = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        using var request = new HttpRequestMessage(method, new Uri(Emulator.Address.GetLeftPart(UriPartial.Authority) + target, verbatim));
        if (apiKey is not null)
            request.Headers.TryAddWithoutValidation("X-API-KEY", apiKey);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        // A large one asks for leave first, so that no refusal crosses with the rest of it.
        request.Headers.ExpectContinue = body?.Length > MostUnasked;
        return await Http.SendAsync(request, InTime);
    }

    /// <summary>Sends a request line that no client would, and returns the line that comes back.</summary>
    protected async Task<string?> SendRawAsync(string requestLine)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Emulator.Address.Host, Emulator.Address.Port, InTime);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes($"{requestLine}\r\nHost: {Emulator.Address.Authority}\r\nX-API-KEY: {EmulatorOptions.DefaultApiKey}\r\nConnection: close\r\n\r\n"), InTime);
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync(InTime);
    }

    protected async Task<JsonElement> JsonOf(HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(InTime));
        return document.RootElement.Clone();
    }

    protected static JsonElement Feature(JsonElement state, string featureId) => state.GetProperty("entitlementsV2").EnumerateArray()
        .Single(entitlement => entitlement.TryGetProperty("feature", out var feature) && feature.GetProperty("refId").GetString() == featureId);

    protected static JsonElement Credit(JsonElement state, string currencyId) => state.GetProperty("entitlementsV2").EnumerateArray()
        .Single(entitlement => entitlement.TryGetProperty("currency", out var currency) && currency.GetProperty("currencyId").GetString() == currencyId);

    protected static int Count(JsonElement state) => state.GetProperty("entitlementsV2").GetArrayLength();

    protected static string? Reason(JsonElement state) => state.GetProperty("accessDeniedReason").GetString();
}

/// <summary>A clock that stands where it is put. It moves no timers.</summary>
public sealed class StandingClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
