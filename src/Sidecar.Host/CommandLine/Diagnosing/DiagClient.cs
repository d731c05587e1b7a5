using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Sidecar.Host.CommandLine.Diagnosing;

/// <summary>What the diagnostics answered.</summary>
/// <param name="Text">The body.</param>
/// <param name="Fault">Why it is no report, or null.</param>
/// <param name="IsFromService">Whether the service itself said so.</param>
internal sealed record DiagAnswer(string Text, string? Fault = null, bool IsFromService = false);

/// <summary>Asks the diagnostics once.</summary>
internal static class DiagClient
{
    private const int MaxAnswerBytes = 64 * 1024 * 1024;

    // A little longer than a service takes at most.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Asks.</summary>
    /// <exception cref="HttpRequestException">There is no answer.</exception>
    /// <exception cref="TaskCanceledException">It took too long.</exception>
    public static async Task<DiagAnswer> AskAsync(DiagTarget target, DiagRequest request)
    {
        // A proxy is for the way to the cloud, and a token is for this address alone.
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5) };
        using var http = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = MaxAnswerBytes };
        using var message = new HttpRequestMessage(request.IsDone ? HttpMethod.Post : HttpMethod.Get, new Uri(target.Address, request.PathAndQuery));
        if (target.Token is { } token)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Reveal());
        using var response = await http.SendAsync(message);
        var text = await response.Content.ReadAsStringAsync();
        if (response.StatusCode == HttpStatusCode.OK)
            return new DiagAnswer(text);
        return ErrorIn(text) is { } error
            ? new DiagAnswer(text, error, IsFromService: true)
            : new DiagAnswer(text, $"{target.Address} answered {(int)response.StatusCode} without a word of this service");
    }

    private static string? ErrorIn(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out var error) ? error.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
