using System.Net;
using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Bench;
using Sidecar.Bench.Load;
using Xunit;

namespace Sidecar.Host.Tests.Bench;

/// <summary>The load against a server that answers as the spec wants.</summary>
public sealed class GeneratorSpecs : IAsyncDisposable
{
    private static readonly byte[] Right = [0, 0, 0, 0, 2, 8, 1];
    private static readonly Expectation Expected = new([[.. Call.All.Select(_ => Right)]]);
    private WebApplication? _server;

    [Fact]
    public async Task Every_question_is_asked_once_and_answered_right()
    {
        var asked = 0;
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var plan = await PlanAsync(async context =>
        {
            Interlocked.Increment(ref asked);
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            seen.AddOrUpdate(context.Request.Path + Convert.ToHexString(body.ToArray()), 1, (_, count) => count + 1);
            context.Request.ContentType.Should().Be("application/grpc");
            context.Request.Headers.TE.ToString().Should().Be("trailers");
            await AnswerAsync(context, Right);
        });

        var result = await Generator.RunAsync(plan with { Count = 7_000, Order = Order.Mixed(1_000) }, CancellationToken.None);

        result.Done.Should().Be(7_000);
        asked.Should().Be(7_000);
        seen.Should().HaveCount(7_000);
        result.Latencies.Count.Should().Be(7_000);
        result.PerSecond.Should().BePositive();
    }

    [Fact]
    public async Task Large_answers_come_through_in_parts()
    {
        var large = new byte[60_000];
        new Random(1).NextBytes(large);
        var plan = await PlanAsync(context => AnswerAsync(context, large));

        var result = await Generator.RunAsync(
            plan with { Count = 300, Expectation = new Expectation([[.. Call.All.Select(_ => large)]]) }, CancellationToken.None);

        result.Done.Should().Be(300);
    }

    [Fact]
    public async Task Wrong_answer_is_told_with_the_question_and_both_bodies()
    {
        var plan = await PlanAsync(context => AnswerAsync(context, [0, 0, 0, 0, 2, 8, 2]));

        await plan.Invoking(it => Generator.RunAsync(it, CancellationToken.None)).Should().ThrowAsync<BenchException>()
            .WithMessage("a wrong answer to GetMeteredEntitlement about customer-0000000*0000000002080*0000000002080*");
    }

    [Fact]
    public async Task Answer_without_a_body_as_a_failed_call_has_it_is_wrong()
    {
        var plan = await PlanAsync(context =>
        {
            context.Response.Headers["grpc-status"] = "13";
            return Task.CompletedTask;
        });

        await plan.Invoking(it => Generator.RunAsync(it, CancellationToken.None)).Should().ThrowAsync<BenchException>().WithMessage("*got 0 bytes");
    }

    [Fact]
    public async Task Reset_call_ends_the_load()
    {
        var plan = await PlanAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });

        await plan.Invoking(it => Generator.RunAsync(it, CancellationToken.None)).Should().ThrowAsync<BenchException>().WithMessage("*reset*");
    }

    [Fact]
    public async Task Reset_after_a_whole_answer_only_says_that_the_rest_of_the_question_is_not_wanted()
    {
        // RFC 9113, 8.1: a server may answer before it has seen the end of a question.
        var plan = await PlanAsync(async context =>
        {
            await AnswerAsync(context, Right);
            await context.Response.CompleteAsync();
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(errorCode: 0);
        });

        var result = await Generator.RunAsync(plan, CancellationToken.None);

        result.Done.Should().Be(plan.Count);
    }

    [Fact]
    public async Task Reset_for_a_fault_after_a_whole_answer_ends_the_load()
    {
        var plan = await PlanAsync(async context =>
        {
            await AnswerAsync(context, Right);
            await context.Response.CompleteAsync();
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(errorCode: 2);
        });

        await plan.Invoking(it => Generator.RunAsync(it, CancellationToken.None)).Should().ThrowAsync<BenchException>().WithMessage("*reset a call with the code 2");
    }

    [Fact]
    public async Task Rate_is_kept_and_a_pause_of_the_server_shows_in_all_questions_that_it_holds_up()
    {
        // The first question of all holds up those behind it for a second: with 200 streams at once, all of them from the 200th on.
        var first = 1;
        var gate = new TaskCompletionSource();
        var asked = 0;
        var plan = await PlanAsync(async context =>
        {
            if (Interlocked.Exchange(ref first, 0) is 1)
                _ = OpenAsync();
            Interlocked.Increment(ref asked);
            await gate.Task;
            await AnswerAsync(context, Right);
        });

        var result = await Generator.RunAsync(plan with { Count = null, Duration = TimeSpan.FromSeconds(2), Rate = 500 }, CancellationToken.None);

        result.Done.Should().Be(1_000);
        asked.Should().Be(1_000);
        // Half of the questions were due within that second, and waited half a second in the middle.
        result.Latencies.Percentile(0.75).Should().BeGreaterThan(300_000);
        result.Latencies.Percentile(1).Should().BeGreaterThan(900_000);
        result.Seconds.Should().BeGreaterThan(1.9);

        async Task OpenAsync()
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            gate.SetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private static async Task AnswerAsync(HttpContext context, byte[] body)
    {
        await context.Response.Body.WriteAsync(body);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private async Task<LoadPlan> PlanAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _server = builder.Build();
        _server.Run(answer);
        await _server.StartAsync();
        var address = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new LoadPlan(new Uri(address), Order.Once(0), Expected) { Count = 500 };
    }
}
