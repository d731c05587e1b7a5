using System.Net;
using Polly;
using Polly.Retry;
using Sidecar.Actors.Metrics;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cloud;

/// <summary>What a read brought: a state, or the reason why there is none.</summary>
/// <param name="State">The state, or null.</param>
/// <param name="Failure">The failure, or null.</param>
/// <param name="Unreadable">Entitlements in the body that could not be read and were passed over.</param>
public sealed record CloudRead(EntitlementState? State, CloudFailure? Failure, int Unreadable = 0)
{
    /// <summary>A read that brought nothing.</summary>
    public static CloudRead Failed(CloudFailureKind kind, string detail) => new(null, new CloudFailure(kind, detail));
}

/// <summary>Reads from Edge over HTTP (the upstream contract, "Edge reads"). Every failure is a value; nothing is thrown but a bug.</summary>
public sealed class EdgeClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly CloudSettings _settings;
    private readonly SidecarCounters _counters;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<CloudRead> _retries;

    /// <summary>Makes a client.</summary>
    /// <param name="settings">Where and with which key.</param>
    /// <param name="counters">Counts each failed request.</param>
    /// <param name="time">The source of time for retries and limits.</param>
    /// <param name="jitter">0 up to 1, a new one a call.</param>
    /// <param name="handler">The transport; null for a pooled one of its own.</param>
    public EdgeClient(
        CloudSettings settings, SidecarCounters counters, TimeProvider time, Func<double> jitter, HttpMessageHandler? handler = null)
    {
        _settings = settings;
        _counters = counters;
        _time = time;
        _http = new HttpClient(handler ?? NewHandler())
        {
            MaxResponseContentBufferSize = CloudSettings.MaxBodyBytes,
            // Limits are set per request, on our own clock.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _retries = new ResiliencePipelineBuilder<CloudRead> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<CloudRead>
            {
                MaxRetryAttempts = CloudSettings.MaxReadRetries,
                ShouldHandle = attempt => ValueTask.FromResult(attempt.Outcome.Result is { Failure.IsWorthRetrying: true }),
                DelayGenerator = attempt => ValueTask.FromResult<TimeSpan?>(Backoff.ReadRetry.Delay(attempt.AttemptNumber + 1, jitter())),
            })
            .Build();
    }

    /// <summary>Reads an entry's state, with retries, within a time limit.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="limit">The time for all tries together.</param>
    public async Task<CloudRead> ReadStateAsync(EntryKey key, TimeSpan limit)
    {
        if (_settings.ApiKey is null)
            return CloudRead.Failed(CloudFailureKind.NoKey, "there is no key");

        using var guard = new CancellationTokenSource(limit, _time);
        var last = CloudRead.Failed(CloudFailureKind.Timeout, "no answer in time");
        try
        {
            return await _retries.ExecuteAsync(
                async cancellation => last = await TryReadStateAsync(key, cancellation), guard.Token);
        }
        catch (OperationCanceledException)
        {
            // The guard's end during the wait for the next try: the last try says why.
            return last;
        }
    }

    /// <summary>Asks whether the key is valid and the network works; null where both hold.</summary>
    public async Task<CloudFailure?> CheckKeyAsync()
    {
        using var guard = new CancellationTokenSource(CloudSettings.RequestTimeout, _time);
        var (failure, body) = await SendAsync(EdgePaths.SdkConfiguration(_settings.EdgeUrl), guard.Token);
        if (failure is null && CloudStateReader.ReadErrors(body) is { } error)
            failure = OfError(error);
        return Counted(failure);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<CloudRead> TryReadStateAsync(EntryKey key, CancellationToken cancellation)
    {
        var (failure, body) = await SendAsync(EdgePaths.EntitlementsState(_settings.EdgeUrl, key), cancellation);
        if (failure is not null)
            return new CloudRead(null, Counted(failure));

        var read = CloudStateReader.Read(body);
        failure = read.Error is not null ? OfError(read.Error)
            : read.Fault is not null ? new CloudFailure(CloudFailureKind.Unreadable, read.Fault)
            : null;
        return new CloudRead(read.State, Counted(failure), read.Unreadable);
    }

    private async Task<(CloudFailure? Failure, byte[] Body)> SendAsync(Uri address, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Add(CloudHeaders.ApiKey, _settings.ApiKey!.Reveal());
            request.Headers.Add(CloudHeaders.ApiVersion, CloudHeaders.EdgeApiVersion);
            foreach (var (name, value) in _settings.Identity.Headers())
                request.Headers.Add(name, value);

            using var response = await _http.SendAsync(request, cancellation);
            return CloudFailure.Of(response.StatusCode) is { } failure
                ? (failure, [])
                : (null, await response.Content.ReadAsByteArrayAsync(cancellation));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException
            // A body whose compression is broken.
            or InvalidDataException or InvalidOperationException)
        {
            return (CloudFailure.Of(e), []);
        }
    }

    private CloudFailure? Counted(CloudFailure? failure)
    {
        if (failure is null)
            return null;
        if (failure.Kind == CloudFailureKind.InvalidKey)
            _counters.InvalidApiKeyErrors.Increment();
        else
            _counters.NetworkRequestErrors.Increment();
        // A cloud that names the key in its error must not bring it into the log.
        var key = _settings.ApiKey!;
        return failure with { Detail = failure.Detail.Replace(key.Reveal(), key.ToString(), StringComparison.Ordinal) };
    }

    private static CloudFailure OfError(CloudError error) => error.Code == CloudError.Unauthenticated
        ? new CloudFailure(CloudFailureKind.InvalidKey, "the cloud says that the key is not valid")
        : new CloudFailure(CloudFailureKind.ErrorInBody, $"the cloud tells an error of the code '{error.Code ?? "none"}'");

    private static SocketsHttpHandler NewHandler() => new()
    {
        // A redirect would carry the key to whatever host it names.
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = CloudSettings.ConnectTimeout,
        MaxConnectionsPerServer = CloudSettings.MaxConcurrentReads,
        // Names are looked up anew from time to time.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };
}
