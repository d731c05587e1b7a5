using FluentAssertions;
using Grpc.Core;
using Sidecar.Actors.Reports;
using Sidecar.Host.Facade;
using Sidecar.Protocol.Entitlements;
using Sidecar.Protocol.Reports;
using Xunit;

namespace Sidecar.Host.Tests;

/// <summary>What becomes of a report in the words of gRPC.</summary>
public sealed class ReportCallsSpecs
{
    [Theory]
    [InlineData(ReportEnd.InvalidKey, StatusCode.Unauthenticated)]
    [InlineData(ReportEnd.NotFound, StatusCode.NotFound)]
    [InlineData(ReportEnd.BadInput, StatusCode.InvalidArgument)]
    [InlineData(ReportEnd.Forbidden, StatusCode.FailedPrecondition)]
    [InlineData(ReportEnd.RateLimited, StatusCode.ResourceExhausted)]
    [InlineData(ReportEnd.Refused, StatusCode.FailedPrecondition)]
    [InlineData(ReportEnd.NoKey, StatusCode.Unauthenticated)]
    [InlineData(ReportEnd.QueueFull, StatusCode.ResourceExhausted)]
    [InlineData(ReportEnd.NotSent, StatusCode.Unavailable)]
    [InlineData(ReportEnd.Withdrawn, StatusCode.Cancelled)]
    [InlineData(ReportEnd.TimedOut, StatusCode.DeadlineExceeded)]
    [InlineData(ReportEnd.Unclear, StatusCode.Unknown)]
    public void Each_end_has_its_status(ReportEnd end, StatusCode status)
    {
        var error = ReportCalls.Error(new ReportResult(end, "what happened"));

        (error.StatusCode, error.Status.Detail).Should().Be((status, "what happened"));
    }

    [Fact]
    public void Only_what_was_not_sent_says_that_it_can_be_tried_again() =>
        Enum.GetValues<ReportEnd>().Where(end => ReportCalls.StatusOf(end) == StatusCode.Unavailable).Should().Equal(ReportEnd.NotSent);

    [Fact]
    public void A_message_fits_into_a_header() =>
        ReportCalls.Error(new ReportResult(ReportEnd.Unclear, new string('%', 2000))).Status.Detail.Should().Be(new string('%', 341));

    [Fact]
    public void What_the_cloud_does_not_tell_is_absent_from_the_reply()
    {
        var reply = ReportCalls.Reply(new ReportedUsage("m", new EntryKey("c"), "f"));

        (reply.MeasurementId, reply.CustomerId, reply.FeatureId).Should().Be(("m", "c", "f"));
        (reply.HasResourceId, reply.HasCurrentUsage, reply.UsagePeriodStart, reply.UsagePeriodEnd).Should().Be((false, false, null!, null!));
    }
}
