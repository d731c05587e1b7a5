using System.Net;
using System.Net.Sockets;
using System.Text;
using Sidecar.Actors.Metrics;
using Sidecar.Actors.Reports;
using Sidecar.Actors.Tests.Support;
using Sidecar.Protocol.Reports;

namespace Sidecar.Actors.Tests.Reports;

/// <summary>A report goes out once: what is tried again, what is not, and what is told when no answer comes.</summary>
public sealed class ReportSenderSpecs
{
    private const string Counted = """{"data": {"reportUsage": {"id": "m", "currentUsage": 5, "timestamp": "2026-10-02T10:00:00Z"}, "reportEvent": null}}""";
    private static readonly TimeSpan Limit = ReportSettings.SendLimit;
    private readonly VirtualTime _time = new();
    private readonly SidecarCounters _counters = new();

    [Fact]
    public async Task A_report_is_one_post_with_the_headers_of_the_official_clients()
    {
        string? sent = null;
        using var api = new ScriptedHandler(async (request, _, cancellation) =>
        {
            sent = await request.Content!.ReadAsStringAsync(cancellation);
            return ScriptedHandler.Json(Counted);
        });
        using var sender = NewSender(api);
        var report = SomeReports.Usage();

        var result = await SendAsync(sender, report);

        (result.End, result.Usages[0].CurrentUsage).Should().Be((ReportEnd.Acknowledged, 5));
        var seen = api.Requests.Should().ContainSingle().Subject;
        (seen.Method, seen.Address.OriginalString).Should().Be((HttpMethod.Post, "http://api.test/graphql"));
        seen.Headers.Should().Contain("X-API-KEY", TestCloud.Key).And.Contain("x-graphql-operation-name", "ReportUsage").And.Contain("source", "sidecar");
        sent.Should().Be(Encoding.UTF8.GetString(SomeReports.Body(report).Span));
    }

    [Fact]
    public async Task Without_a_connection_it_is_tried_again_five_times_in_all_and_then_not_sent()
    {
        using var api = new ScriptedHandler((_, _, _) => throw new HttpRequestException("connection refused"));
        using var sender = NewSender(api);

        var sending = SendAsync(sender, SomeReports.Usage());
        var result = await PassAsync(sending);

        result.End.Should().Be(ReportEnd.NotSent);
        result.Detail.Should().Contain("connection refused").And.Contain("nothing was reported");
        api.Count.Should().Be(ReportSettings.MaxAttempts);
    }

    [Fact]
    public async Task Without_a_connection_in_time_it_is_not_sent()
    {
        using var api = ScriptedHandler.Hanging();
        using var sender = NewSender(api);

        var sending = SendAsync(sender, SomeReports.Usage());
        await api.ArrivedAsync(1);
        _time.Advance(Limit);

        (await sending).End.Should().Be(ReportEnd.NotSent);
        api.Count.Should().Be(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task It_is_sent_when_a_connection_can_be_had(int failures)
    {
        using var api = new ScriptedHandler(async (request, number, cancellation) =>
        {
            if (number <= failures)
                throw new HttpRequestException("connection refused");
            await request.Content!.CopyToAsync(Stream.Null, cancellation);
            return ScriptedHandler.Json(Counted);
        });
        using var sender = NewSender(api);

        (await PassAsync(SendAsync(sender, SomeReports.Usage()))).End.Should().Be(ReportEnd.Acknowledged);
        api.Count.Should().Be(failures + 1);
        _counters.Upstream.Retries.Single(r => r.Target == "api").Count.Value.Should().Be(failures);
    }

    [Fact]
    public async Task A_usage_that_may_have_left_is_never_tried_again()
    {
        Func<HttpResponseMessage>[] ends =
        [
            () => throw new HttpRequestException("reset"),
            () => throw new IOException("reset"),
            () => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable),
            () => new HttpResponseMessage(HttpStatusCode.TooManyRequests),
            () => ScriptedHandler.Json("{}"),
            () => ScriptedHandler.Json(States.ErrorBody("UnexpectedError")),
        ];
        foreach (var end in ends)
        {
            using var api = Taking(end);
            using var sender = NewSender(api);

            var result = await PassAsync(SendAsync(sender, SomeReports.Usage()));

            result.End.Should().BeOneOf(ReportEnd.Unclear, ReportEnd.RateLimited);
            api.Count.Should().Be(1);
        }
    }

    [Fact]
    public async Task The_same_content_is_refused_a_second_time_whoever_asks_for_it()
    {
        using var api = new ScriptedHandler(async (request, _, cancellation) =>
        {
            await request.Content!.CopyToAsync(Stream.Null, cancellation);
            // As the platform does when it believes that nothing has left.
            await request.Content.CopyToAsync(Stream.Null, cancellation);
            return ScriptedHandler.Json(Counted);
        });
        using var sender = NewSender(api);

        (await SendAsync(sender, SomeReports.Usage())).End.Should().Be(ReportEnd.Unclear);
    }

    [Fact]
    public async Task A_usage_whose_answer_does_not_come_is_told_after_a_minute()
    {
        using var api = new ScriptedHandler(async (request, number, cancellation) =>
        {
            await request.Content!.CopyToAsync(Stream.Null, cancellation);
            return await ScriptedHandler.HangAsync(request, number, cancellation);
        });
        using var sender = NewSender(api);
        var sending = SendAsync(sender, SomeReports.Usage());
        await api.ArrivedAsync(1);

        _time.Advance(ReportSettings.AnswerLimit - TimeSpan.FromMilliseconds(1));
        sending.IsCompleted.Should().BeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));

        var result = await sending;
        result.End.Should().Be(ReportEnd.TimedOut);
        result.Detail.Should().Contain("may have been counted");
    }

    [Fact]
    public async Task A_caller_who_goes_while_there_is_no_connection_keeps_it_from_being_sent()
    {
        using var gone = new CancellationTokenSource();
        using var api = ScriptedHandler.Hanging();
        using var sender = NewSender(api);
        var sending = SendAsync(sender, SomeReports.Usage(), gone.Token);
        await api.ArrivedAsync(1);

        await gone.CancelAsync();

        (await sending).End.Should().Be(ReportEnd.Withdrawn);
        api.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_caller_who_goes_between_two_tries_keeps_it_from_being_sent()
    {
        using var gone = new CancellationTokenSource();
        using var api = new ScriptedHandler((_, _, _) => throw new HttpRequestException("connection refused"));
        using var sender = NewSender(api);
        var sending = SendAsync(sender, SomeReports.Usage(), gone.Token);
        await api.ArrivedAsync(1);

        await gone.CancelAsync();

        (await sending).End.Should().Be(ReportEnd.Withdrawn);
    }

    [Fact]
    public async Task A_caller_who_goes_after_the_sending_does_not_end_it()
    {
        using var gone = new CancellationTokenSource();
        var answer = new TaskCompletionSource<HttpResponseMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var api = new ScriptedHandler(async (request, _, cancellation) =>
        {
            await request.Content!.CopyToAsync(Stream.Null, cancellation);
            taken.SetResult();
            return await answer.Task.WaitAsync(cancellation);
        });
        using var sender = NewSender(api);
        var sending = SendAsync(sender, SomeReports.Usage(), gone.Token);
        await taken.Task.WaitAsync(Eventually.Patience);

        await gone.CancelAsync();
        sending.IsCompleted.Should().BeFalse();
        answer.SetResult(ScriptedHandler.Json(Counted));

        (await sending).End.Should().Be(ReportEnd.Acknowledged);
    }

    [Fact]
    public async Task Events_are_tried_again_also_after_they_may_have_left()
    {
        using var api = Taking(
            () => throw new HttpRequestException("reset"),
            () => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable),
            () => new HttpResponseMessage(HttpStatusCode.TooManyRequests),
            () => ScriptedHandler.Json(Counted));
        using var sender = NewSender(api);

        (await PassAsync(SendAsync(sender, SomeReports.Event()))).End.Should().Be(ReportEnd.Acknowledged);
        api.Count.Should().Be(4);
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden)]
    public async Task Events_are_not_tried_again_where_that_can_t_help(HttpStatusCode status)
    {
        using var api = Taking(() => new HttpResponseMessage(status));
        using var sender = NewSender(api);

        await PassAsync(SendAsync(sender, SomeReports.Event()));

        api.Count.Should().Be(1);
    }

    [Fact]
    public async Task Events_that_may_have_been_counted_are_not_told_as_unsent_when_a_later_try_finds_no_connection()
    {
        using var api = new ScriptedHandler(async (request, number, cancellation) =>
        {
            if (number == 1)
                await request.Content!.CopyToAsync(Stream.Null, cancellation);
            throw new HttpRequestException(number == 1 ? "reset" : "connection refused");
        });
        using var sender = NewSender(api);

        (await PassAsync(SendAsync(sender, SomeReports.Event()))).End.Should().Be(ReportEnd.Unclear);
        api.Count.Should().BeGreaterThan(1);
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.BadRequest)]
    public async Task Events_that_may_have_been_counted_are_not_told_as_refused_when_a_later_try_is(HttpStatusCode status)
    {
        using var api = Taking(() => throw new HttpRequestException("reset"), () => new HttpResponseMessage(status));
        using var sender = NewSender(api);

        var result = await PassAsync(SendAsync(sender, SomeReports.Event()));

        result.End.Should().Be(ReportEnd.Unclear);
        result.Detail.Should().StartWith("the report may have been counted: ").And.Contain("reset")
            .And.EndWith($"; the last try: the cloud answered {(int)status}").And.NotContain("nothing was reported");
    }

    [Fact]
    public async Task Events_that_were_refused_and_then_may_have_been_counted_are_not_told_as_refused()
    {
        using var api = Taking(() => new HttpResponseMessage(HttpStatusCode.TooManyRequests), () => new HttpResponseMessage(HttpStatusCode.InternalServerError));
        using var sender = NewSender(api);

        (await PassAsync(SendAsync(sender, SomeReports.Event()))).End.Should().Be(ReportEnd.Unclear);
    }

    [Fact]
    public async Task What_the_cloud_says_of_a_later_try_is_marked_as_its_own_words()
    {
        using var api = Taking(() => throw new HttpRequestException("reset"), () => ScriptedHandler.Json(States.ErrorBody("CustomerNotFound")));
        using var sender = NewSender(api);

        var result = await PassAsync(SendAsync(sender, SomeReports.Event()));

        (result.End, result.IsQuoted).Should().Be((ReportEnd.Unclear, true));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData(""", "errors": [{"message": "gone", "extensions": {"code": "FeatureNotFound"}}]""", " and tells the error 'FeatureNotFound': gone")]
    public async Task A_report_of_which_a_part_has_no_result_is_unclear_and_keeps_the_results_that_came(string errors, string told)
    {
        using var api = Taking(() => ScriptedHandler.Json(
            """{"data": {"reportUsageBulk": [{"id": "m", "customerId": "customer-secret", "featureId": "calls"}, null]}""" + errors + "}"));
        using var sender = NewSender(api);
        var report = new UsageReport([SomeReports.Usage("0").Measurements[0], SomeReports.Usage("1").Measurements[0]], IsBulk: true);

        var result = await SendAsync(sender, report);

        (result.End, result.IsQuoted).Should().Be((ReportEnd.Unclear, errors.Length > 0));
        result.Detail.Should().Be($"the report may have been counted: the cloud acknowledged 1 of 2 usages{told}");
        result.Usages.Select(usage => usage.MeasurementId).Should().Equal("m", "");
    }

    [Fact]
    public async Task A_key_that_the_cloud_quotes_is_masked_and_long_texts_are_cut()
    {
        using var api = Taking(() => ScriptedHandler.Json(States.ErrorBody("BadUserInput", TestCloud.Key + new string('x', 5000))));
        using var sender = NewSender(api);

        var result = await SendAsync(sender, SomeReports.Usage());

        (result.End, result.IsQuoted).Should().Be((ReportEnd.BadInput, true));
        result.Detail.Should().NotContain(TestCloud.Key).And.Contain("***");
        result.Detail.Length.Should().BeLessThan(1024);
    }

    [Theory]
    [InlineData("BadUserInput", "nothing was reported: ")]
    [InlineData("UnexpectedError", "the report may have been counted: ")]
    public async Task Whether_it_was_counted_stands_before_what_may_be_cut_off(string code, string start)
    {
        using var api = Taking(() => ScriptedHandler.Json(States.ErrorBody(code, new string('\u4e2d', 1000))));
        using var sender = NewSender(api);

        StatusMessage.Cut((await SendAsync(sender, SomeReports.Usage())).Detail).Should().StartWith(start);
    }

    [Fact]
    public async Task What_the_cloud_refuses_is_no_network_error_and_a_refused_key_has_a_count_of_its_own()
    {
        using var api = Taking(
            () => ScriptedHandler.Json(States.ErrorBody("CustomerNotFound")),
            () => ScriptedHandler.Json(States.ErrorBody("Unauthenticated")),
            () => throw new HttpRequestException("reset"));
        using var sender = NewSender(api);

        for (var i = 0; i < 3; i++)
            await SendAsync(sender, SomeReports.Usage());

        (_counters.NetworkRequestErrors.Value, _counters.InvalidApiKeyErrors.Value).Should().Be((1, 1));
        _counters.Upstream.Requests.Where(r => r.Target == "api").Sum(r => r.Count.Value).Should().Be(3);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_sent()
    {
        using var api = ScriptedHandler.Answering(Counted);
        using var sender = new ReportSender(TestCloud.Settings(key: null), _counters, _time, () => 0.5, api);

        (await SendAsync(sender, SomeReports.Usage())).End.Should().Be(ReportEnd.NoKey);
        api.Count.Should().Be(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_a_connection_that_the_other_side_closes_just_then_it_goes_out_once(bool isEvent)
    {
        await using var server = new ClosingServer();
        using var sender = new ReportSender(
            TestCloud.Settings() with { ApiUrl = server.Address }, _counters, TimeProvider.System, () => 0);
        (await SendAsync(sender, SomeReports.Usage("1"))).End.Should().Be(ReportEnd.Acknowledged);

        // The server takes it, on the same connection, and ends that in good order, as for an idle one.
        server.ClosesAfter = 2;
        var result = await SendAsync(sender, isEvent ? SomeReports.Event("2") : SomeReports.Usage("2"));

        result.End.Should().Be(isEvent ? ReportEnd.Acknowledged : ReportEnd.Unclear);
        server.Posts.Should().Be(isEvent ? 3 : 2, "only events are told again, and not behind our back");
    }

    private ReportSender NewSender(HttpMessageHandler api) => new(TestCloud.Settings(), _counters, _time, () => 0.5, api);

    private static Task<ReportResult> SendAsync(ReportSender sender, Report report, CancellationToken withdrawal = default) =>
        sender.SendAsync(report, SomeReports.Body(report), Limit, withdrawal);

    // Takes the whole request, then answers with the n-th answer, and goes on with the last one.
    private static ScriptedHandler Taking(params Func<HttpResponseMessage>[] answers) => new(async (request, number, cancellation) =>
    {
        await request.Content!.CopyToAsync(Stream.Null, cancellation);
        return answers[Math.Min(number, answers.Length) - 1]();
    });

    // Lets the pauses between tries pass.
    private async Task<ReportResult> PassAsync(Task<ReportResult> sending)
    {
        using var limit = new CancellationTokenSource(Eventually.Patience);
        while (!sending.IsCompleted)
        {
            limit.Token.ThrowIfCancellationRequested();
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(1, limit.Token);
        }

        return await sending;
    }

    /// <summary>Answers each request, but for one after which it closes the connection without a word.</summary>
    private sealed class ClosingServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stopping = new();
        private readonly Task _serving;
        private int _posts;

        public ClosingServer()
        {
            _listener.Start();
            _serving = ServeAsync();
        }

        public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

        public int Posts => Volatile.Read(ref _posts);

        public int ClosesAfter { get; set; }

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            // One that is stopped can't be accepted from.
            await _serving;
            _listener.Stop();
            _stopping.Dispose();
            _listener.Dispose();
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                    await ServeAsync(client.GetStream());
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
            {
                // Stopped.
            }
        }

        private async Task ServeAsync(NetworkStream stream)
        {
            using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
            while (true)
            {
                var length = 0;
                while (await reader.ReadLineAsync(_stopping.Token) is { Length: > 0 } line)
                {
                    if (line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase))
                        length = int.Parse(line[16..], System.Globalization.CultureInfo.InvariantCulture);
                }

                if (length == 0)
                    return;
                await reader.ReadBlockAsync(new char[length], _stopping.Token);
                if (Interlocked.Increment(ref _posts) == ClosesAfter)
                    return;
                await stream.WriteAsync(Encoding.ASCII.GetBytes(
                    $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Counted.Length}\r\n\r\n{Counted}"), _stopping.Token);
            }
        }
    }
}
