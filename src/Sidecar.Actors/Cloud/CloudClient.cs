using System.Buffers;
using System.Diagnostics;
using System.Net.Http.Headers;
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
    // Not an HttpClient: that one adds a source of cancellation a request and buffers each body once more.
    private readonly HttpMessageInvoker _http;
    private readonly CloudSettings _settings;
    private readonly KeyValuePair<string, string>[] _identity;
    private readonly SidecarCounters _counters;
    private readonly TimeProvider _time;
    private readonly Func<double> _jitter;
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
        _identity = [.. settings.Identity.Headers()];
        _counters = counters;
        _time = time;
        _jitter = jitter;
        _budget = new RequestBudget(settings.MaxRequestsPerSecond, time);
        _http = new HttpMessageInvoker(handler ?? CloudTransport.NewHandler(CloudSettings.MaxConcurrentReads));
        _edge = NewLane(CloudPath.Edge, CloudSettings.MaxEdgeRetries, Backoff.EdgeRetry);
        _api = NewLane(CloudPath.Api, CloudSettings.MaxApiRetries, Backoff.ApiRetry);
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
        var start = _time.GetTimestamp();
        var cause = _settings.Tracing?.CauseOf(key) ?? default;
        CloudRead? last = null;
        for (var tries = 1; !lane.Breaker.IsOpen; tries++)
        {
            last = await TryReadStateAsync(key, lane, limit - _time.GetElapsedTime(start), cause);
            var left = limit - _time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || tries > lane.Retries || lane.Breaker.IsOpen || last.Failure is not { } failure || !failure.IsWorthRetrying(path))
                return last;

            var pause = lane.Backoff.Delay(tries, _jitter());
            _counters.Upstream.Retried(path);
            _budget.TakeAnyway();
            await Task.Delay(Shorter(pause, left), _time);
            // The guard's end during the wait for the next try: the last try says why.
            if (pause >= left)
                return last;
        }

        return last ?? CloudRead.Suspended;
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
            return (await TryReadStateAsync(key, lane, CloudSettings.AttemptTimeout, default)).Failure;

        using var limit = new CancellationTokenSource(CloudSettings.AttemptTimeout, _time);
        var failure = await AskConfigurationAsync(lane, limit.Token);
        if (failure is not { IsNoAnswer: true })
            lane.Breaker.Answered();
        return failure;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Lane LaneOf(CloudPath path) => path == CloudPath.Edge ? _edge : _api;

    private Lane NewLane(CloudPath path, int retries, Backoff backoff)
    {
        var breaker = new CircuitBreaker();
        breaker.Changed += (_, _) => SuspensionChanged?.Invoke(this, EventArgs.Empty);
        return new Lane(path, retries, backoff, breaker);
    }

    private async Task<CloudRead> TryReadStateAsync(EntryKey key, Lane lane, TimeSpan left, ActivityContext cause)
    {
        var ticket = lane.Breaker.Began(key);
        bool? hasFailed = null;
        try
        {
            using var limit = new CancellationTokenSource(
                left <= TimeSpan.Zero ? TimeSpan.Zero : Shorter(CloudSettings.AttemptTimeout, left), _time);
            var start = _time.GetTimestamp();
            using var received = await SendAsync(StateRequest(lane.Path, key), lane.Path, ApiRequests.GetEntitlementsState, cause, limit.Token);
            var read = ToRead(received, lane.Path, start);
            var isCutShort = limit.IsCancellationRequested && _time.GetElapsedTime(start) < CloudSettings.ShortestTelling;
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
        using var received = await SendAsync(ConfigurationRequest(lane.Path), lane.Path, ApiRequests.GetSdkConfiguration, cause: default, cancellation);
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

    private async Task<Received> SendAsync(
        HttpRequestMessage request, CloudPath path, string operation, ActivityContext cause, CancellationToken cancellation)
    {
        // One key for the whole request, whatever takes its place meanwhile.
        var key = _settings.ApiKey.Current!;
        var received = new Received(key);
        using var sent = request;
        using var span = _settings.Tracing?.Begin(request, path, operation, cause);
        try
        {
            CloudTransport.AddHeaders(request, _identity, key);
            if (path == CloudPath.Edge)
                request.Headers.Add(CloudHeaders.ApiVersion, CloudHeaders.EdgeApiVersion);

            using var response = await _http.SendAsync(request, cancellation);
            span?.Answered(response.StatusCode);
            var failure = CloudFailure.Of(response.StatusCode);
            if (failure is null or { Kind: CloudFailureKind.Refused })
                await received.ReadAsync(response.Content, cancellation);
            // A refusal of the API may say in its body what it is about.
            if (failure is not null && path == CloudPath.Api && CloudStateReader.ReadErrors(received.Body) is { Code: not null } error)
                failure = OfError(error) with { Status = failure.Status };
            received.Failure = Masked(failure, key);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException
            // A body whose compression is broken.
            or InvalidDataException or InvalidOperationException)
        {
            span?.Failed(e.GetType().Name);
            received.Failure = Masked(CloudFailure.Of(e), key);
        }

        return received;
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

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private sealed record Lane(CloudPath Path, int Retries, Backoff Backoff, CircuitBreaker Breaker);

    // What a request brought. The body stands in a borrowed buffer, which goes back at the end.
    private sealed class Received(Secret key) : IDisposable
    {
        private const int UsualLength = 16 * 1024;
        private byte[] _buffer = [];
        private int _length;
        private bool _isWhole;

        public Secret Key => key;

        public CloudFailure? Failure { get; set; }

        public ReadOnlySpan<byte> Body => _buffer.AsSpan(0, _length);

        public async Task ReadAsync(HttpContent content, CancellationToken cancellation)
        {
            // One byte more than there may be, to see the end.
            const int most = CloudSettings.MaxBodyBytes + 1;
            Grow((int)Math.Min(content.Headers.ContentLength ?? UsualLength, most - 1) + 1);
            using var body = await content.ReadAsStreamAsync(cancellation);
            while (await body.ReadAsync(_buffer.AsMemory(_length), cancellation) is var read and > 0)
            {
                _length += read;
                if (_length > CloudSettings.MaxBodyBytes)
                    throw new InvalidDataException($"the body is longer than {CloudSettings.MaxBodyBytes} bytes");
                if (_length == _buffer.Length)
                    Grow(Math.Min(2 * _length, most));
            }

            _isWhole = true;
        }

        public void Dispose()
        {
            // A read that was given up may still write to it.
            if (_isWhole)
                ArrayPool<byte>.Shared.Return(_buffer);
            _isWhole = false;
        }

        private void Grow(int size)
        {
            var smaller = _buffer;
            _buffer = ArrayPool<byte>.Shared.Rent(size);
            smaller.AsSpan(0, _length).CopyTo(_buffer);
            if (smaller.Length > 0)
                ArrayPool<byte>.Shared.Return(smaller);
        }
    }
}
