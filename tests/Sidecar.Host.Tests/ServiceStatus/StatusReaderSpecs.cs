using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Actors;
using Sidecar.Actors.Cache;
using Sidecar.Actors.Cloud;
using Sidecar.Actors.Metrics;
using Sidecar.Host.Configuration;
using Sidecar.Host.Health;
using Sidecar.Host.Metrics;
using Sidecar.Host.ServiceStatus;
using Sidecar.Protocol.Entitlements;
using Xunit;

namespace Sidecar.Host.Tests.ServiceStatus;

/// <summary>What is read where, with virtual time.</summary>
public sealed class StatusReaderSpecs
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly StatusHistory _history = new();
    private readonly AnswerMetrics _answers = new();
    private readonly ActorServices _services;
    private readonly StatusReader _reader;

    public StatusReaderSpecs()
    {
        _services = new ActorServices
        {
            Clock = new ProcessClock(_time),
            Cache = new EntitlementCache(1L << 20),
            Counters = new SidecarCounters(),
            Cloud = new OfflineCloud(),
            Log = NullLoggerFactory.Instance,
        };
        var readiness = new Readiness(() => new ReadinessFacts { When = ReadyWhen.Serving });
        readiness.Open();
        _reader = new StatusReader(_services, _answers, readiness, _history, new SidecarOptions());
    }

    [Fact]
    public void What_was_counted_is_in_its_place()
    {
        Pass(TimeSpan.FromSeconds(10));
        _answers.Answered(AnswerCall.GetEntitlement, AnswerSource.Stale, TimeSpan.FromMilliseconds(2));
        _services.Counters.CacheHits.Add(3);
        _services.Counters.CacheMisses.Increment();
        _services.Counters.Evictions.Add(4);
        _services.Counters.Upstream.Ended(CloudPath.Api, CloudFailureKind.Timeout, TimeSpan.Zero);
        _services.Counters.Redis.Ended(RedisOperation.Save, RedisOutcome.Failure, TimeSpan.Zero);
        _services.Counters.Redis.Ended(RedisOperation.Load, RedisOutcome.Missing, TimeSpan.Zero);

        var report = _reader.Look();

        var counts = report.LastMinute.Counts;
        counts[AnswerSource.Stale].Should().Be(1);
        counts.Answers.Should().Be(1);
        counts.HitRate.Should().Be(0.75);
        counts.Latency(0.5).Should().BeInRange(0.001, 0.005);
        counts[StatusCount.Evictions].Should().Be(4);
        (counts.Requests(CloudPath.Api), counts.Failures(CloudPath.Api), counts.MainFailure(CloudPath.Api)).Should().Be((1, 1, CloudFailureKind.Timeout));
        (counts[StatusCount.RedisSuccesses], counts[StatusCount.RedisFailures]).Should().Be((1, 1));
        report.LastMinute.Span.Should().Be(TimeSpan.FromSeconds(10));
        (report.Facts.Uptime, report.Facts.CacheMaxBytes).Should().Be((TimeSpan.FromSeconds(10), 1L << 20));
    }

    [Fact]
    public void A_cloud_that_was_in_trouble_is_as_it_was_when_it_was_asked_last()
    {
        for (var i = 0; i < 7; i++)
            _services.Counters.Upstream.Ended(CloudPath.Edge, CloudFailureKind.Timeout, TimeSpan.Zero);
        Pass(TimeSpan.FromSeconds(5));
        _reader.Look().Verdict.Causes.Select(cause => cause.Name).Should().Equal(CauseNames.CloudUnreachable);
        Pass(TimeSpan.FromSeconds(5));
        _services.Counters.Upstream.Ended(CloudPath.Edge, null, TimeSpan.Zero);
        Pass(TimeSpan.FromSeconds(10));
        _reader.Look().Verdict.State.Should().Be(StatusState.Healthy);

        Pass(TimeSpan.FromSeconds(30));

        _reader.Look().Verdict.State.Should().Be(StatusState.Healthy, "nobody has asked since");
    }

    // With the samples of that time.
    private void Pass(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += StatusHistory.Pace)
        {
            _time.Advance(StatusHistory.Pace);
            _history.Add(_reader.Look(withMemory: false));
        }
    }
}
