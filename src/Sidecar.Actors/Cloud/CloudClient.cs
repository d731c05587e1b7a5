using System.Net.Http.Headers;
using Polly;
using Polly.Retry;
using Sidecar.Actors.Metrics;
using Sidecar.Protocol.Cloud;
using Sidecar.Protocol.Entitlements;

namespace Sidecar.Actors.Cloud;

/// <summary>
/// Reads from Edge and from the API over HTTP (the upstream contract, "Edge reads" and "GraphQL over HTTP"). Every failure is a value;
/// nothing is thrown but a bug.
/// </summary>
public sealed class CloudClient : ICloudReader
{
    private static readonly CloudFailure NoKey = new(CloudFailureKind.NoKey, "there is no key");
    private readonly HttpClient _http;
    private readonly CloudSettings _settings;
    private readonly SidecarCounters _counters;
    private readonly TimeProvider _time;
    private readonly RequestBudget _budget;
    private readonly Lane _edge;
    private readonly Lane _api;

    /// <summary>Makes a client.</summary>
    /// <param name="settings">Where and with which key.</param>
    /// <param name="counters">Counts each request.</param>
    /// <param name="time">The source of time for retries and limits.</param>
    /// <param name="jitter">0 up to 1, a new one a call.</param>
    /// <param name="handler">The transport; null for a pooled one of its own.</param>
    public CloudClient(
        CloudSettings settings, SidecarCounters counters, TimeProvider time, Func<double> jitter, HttpMessageHandler? handler = null)
    {
        _settings = settings;
        _counters = counters;
        _time = time;
        _budget = new RequestBudget(settings.MaxRequestsPerSecond, time);
        _http = new HttpClient(handler ?? CloudTransport.NewHandler(CloudSettings.MaxConcurrentReads))
        {
            MaxResponseContentBufferSize = CloudSettings.MaxBodyBytes,
            // Limits are set per request, on our own clock.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _edge = NewLane(CloudPath.Edge, CloudSettings.MaxEdgeRetries, Backoff.EdgeRetry, jitter);
        _api = NewLane(CloudPath.Api, CloudSettings.MaxApiRetries, Backoff.ApiRetry, jitter);
    }

    /// <inheritdoc/>
    public event EventHandler? SuspensionChanged;

    /// <inheritdoc/>
    public CloudPath ReadPath => _settings.ReadPath;

    /// <inheritdoc/>
    public bool IsSuspended => IsOpen(ReadPath);

    /// <inheritdoc/>
    public bool IsOffline => false;

    /// <inheritdoc/>
    public ApiKeyHolder ApiKey => _settings.ApiKey;

    /// <inheritdoc/>
    public bool IsOpen(CloudPath path) => LaneOf(path).Breaker.IsOpen;

    /// <inheritdoc/>
    public bool TryTakeTurn(out TimeSpan wait) => _budget.TryTake(out wait);

    /// <inheritdoc/>
    public async Task<CloudRead> ReadStateAsync(EntryKey key, TimeSpan limit, CloudPath path)
    {
        if (ApiKey.Current is null)
            return new CloudRead(null, NoKey);

        var lane = LaneOf(path);
        using var guard = new CancellationTokenSource(limit, _time);
        CloudRead? last = null;
        try
        {
            return await lane.Retries.ExecuteAsync(
                async cancellation => last = lane.Breaker.IsOpen
                    ? last ?? CloudRead.Suspended
                    : await TryReadStateAsync(key, lane, cancellation),
                guard.Token);
        }
        catch (OperationCanceledException)
        {
            // The guard's end during the wait for the next try: the last try says why.
            return last ?? CloudRead.Failed(CloudFailureKind.Timeout, "no answer in time");
        }
    }

    /// <inheritdoc/>
    public async Task<CloudFailure?> CheckKeyAsync()
    {
        if (ApiKey.Current is null)
            return NoKey;
        using var limit = new CancellationTokenSource(CloudSettings.RequestTimeout, _time);
        return await AskConfigurationAsync(LaneOf(ReadPath), limit.Token);
    }

    /// <inheritdoc/>
    public async Task<CloudFailure?> ProbeAsync(CloudPath path, EntryKey? other)
    {
        if (ApiKey.Current is null)
            return NoKey;
        var lane = LaneOf(path);
        _budget.TakeAnyway();
        if (lane.Breaker.NextProbe(other) is { } key)
            return (await TryReadStateAsync(key, lane, CancellationToken.None)).Failure;

        using var limit = new CancellationTokenSource(CloudSettings.AttemptTimeout, _time);
        var failure = await AskConfigurationAsync(lane, limit.Token);
        if (failure is not { IsNoAnswer: true })
            lane.Breaker.Answered();
        return failure;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Lane LaneOf(CloudPath path) => path == CloudPath.Edge ? _edge : _api;

    private Lane NewLane(CloudPath path, int retries, Backoff backoff, Func<double> jitter)
    {
        var breaker = new CircuitBreaker();
        breaker.Changed += (_, _) => SuspensionChanged?.Invoke(this, EventArgs.Empty);
        var pipeline = new ResiliencePipelineBuilder<CloudRead> { TimeProvider = _time }
            .AddRetry(new RetryStrategyOptions<CloudRead>
            {
                MaxRetryAttempts = retries,
                ShouldHandle = attempt => ValueTask.FromResult(
                    attempt.Outcome.Result?.Failure is { } failure && failure.IsWorthRetrying(path) && !breaker.IsOpen),
                DelayGenerator = attempt => ValueTask.FromResult<TimeSpan?>(backoff.Delay(attempt.AttemptNumber + 1, jitter())),
                OnRetry = _ =>
                {
                    _counters.Upstream.Retried(path);
                    _budget.TakeAnyway();
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
        return new Lane(path, pipeline, breaker);
    }

    private async Task<CloudRead> TryReadStateAsync(EntryKey key, Lane lane, CancellationToken guard)
    {
        var ticket = lane.Breaker.Began(key);
        bool? hasFailed = null;
        try
        {
            using var limit = new CancellationTokenSource(CloudSettings.AttemptTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, guard);
            var start = _time.GetTimestamp();
            var read = ToRead(await SendAsync(() => StateRequest(lane.Path, key), lane.Path, either.Token), lane.Path, start);
            var isCutShort = guard.IsCancellationRequested && _time.GetElapsedTime(start) < CloudSettings.ShortestTelling;
            hasFailed = isCutShort ? null : read.Failure is { IsNoAnswer: true };
            return read;
        }
        finally
        {
            lane.Breaker.Ended(key, ticket, hasFailed);
        }
    }

    private CloudRead ToRead(Received received, CloudPath path, long start)
    {
        if (received.Failure is not null)
            return new CloudRead(null, Counted(received.Failure, path, start));

        var read = CloudStateReader.Read(received.Body);
        var failure = read.Error is not null ? OfError(read.Error)
            : read.Fault is not null ? new CloudFailure(CloudFailureKind.Unreadable, read.Fault)
            : null;
        return new CloudRead(read.State, Counted(Masked(failure, received.Key), path, start), read.Unreadable);
    }

    private async Task<CloudFailure?> AskConfigurationAsync(Lane lane, CancellationToken cancellation)
    {
        var start = _time.GetTimestamp();
        var received = await SendAsync(() => ConfigurationRequest(lane.Path), lane.Path, cancellation);
        var failure = received.Failure;
        if (failure is null && CloudStateReader.ReadErrors(received.Body) is { } error)
            failure = Masked(OfError(error), received.Key);
        return Counted(failure, lane.Path, start);
    }

    private HttpRequestMessage StateRequest(CloudPath path, EntryKey key) => path == CloudPath.Edge
        ? new HttpRequestMessage(HttpMethod.Get, EdgePaths.EntitlementsState(_settings.EdgeUrl, key))
        : GraphQL(ApiRequests.GetEntitlementsState, ApiRequests.EntitlementsState(key));

    private HttpRequestMessage ConfigurationRequest(CloudPath path) => path == CloudPath.Edge
        ? new HttpRequestMessage(HttpMethod.Get, EdgePaths.SdkConfiguration(_settings.EdgeUrl))
        : GraphQL(ApiRequests.GetSdkConfiguration, ApiRequests.SdkConfiguration());

    private HttpRequestMessage GraphQL(string operation, ReadOnlyMemory<byte> body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, ApiRequests.Address(_settings.ApiUrl))
        {
            Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Add(CloudHeaders.OperationName, operation);
        return request;
    }

    private async Task<Received> SendAsync(Func<HttpRequestMessage> newRequest, CloudPath path, CancellationToken cancellation)
    {
        // One key for the whole request, whatever takes its place meanwhile.
        var key = _settings.ApiKey.Current!;
        try
        {
            using var request = newRequest();
            CloudTransport.AddHeaders(request, _settings.Identity, key);
            if (path == CloudPath.Edge)
                request.Headers.Add(CloudHeaders.ApiVersion, CloudHeaders.EdgeApiVersion);

            using var response = await _http.SendAsync(request, cancellation);
            var failure = CloudFailure.Of(response.StatusCode);
            if (failure is { Kind: not CloudFailureKind.Refused })
                return new Received(key, failure, []);
            var body = await response.Content.ReadAsByteArrayAsync(cancellation);
            // A refusal of the API may say in its body what it is about.
            if (failure is not null && path == CloudPath.Api && CloudStateReader.ReadErrors(body) is { Code: not null } error)
                failure = OfError(error) with { Status = failure.Status };
            return new Received(key, Masked(failure, key), failure is null ? body : []);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException
            // A body whose compression is broken.
            or InvalidDataException or InvalidOperationException)
        {
            return new Received(key, Masked(CloudFailure.Of(e), key), []);
        }
    }

    private CloudFailure? Counted(CloudFailure? failure, CloudPath path, long start)
    {
        _counters.Upstream.Ended(path, failure?.Kind, _time.GetElapsedTime(start));
        if (failure is null)
            return null;
        if (failure.Kind == CloudFailureKind.InvalidKey)
            _counters.InvalidApiKeyErrors.Increment();
        else
            _counters.NetworkRequestErrors.Increment();
        return failure;
    }

    // A cloud that names the key in its error must not bring it into the log.
    private static CloudFailure? Masked(CloudFailure? failure, Secret key) =>
        failure is null ? null : failure with { Detail = key.MaskedIn(failure.Detail) };

    private static CloudFailure OfError(CloudError error) => error.Code switch
    {
        CloudError.Unauthenticated => new CloudFailure(CloudFailureKind.InvalidKey, "the cloud says that the key is not valid"),
        CloudError.RateLimitExceeded => new CloudFailure(CloudFailureKind.RateLimited, "the cloud says: too many requests"),
        _ => new CloudFailure(CloudFailureKind.ErrorInBody, $"the cloud tells an error of the code '{error.Code ?? "none"}'"),
    };

    private sealed record Lane(CloudPath Path, ResiliencePipeline<CloudRead> Retries, CircuitBreaker Breaker);

    private sealed record Received(Secret Key, CloudFailure? Failure, byte[] Body);
}
