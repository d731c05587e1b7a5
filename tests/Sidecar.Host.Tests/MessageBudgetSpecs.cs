using System.Buffers.Binary;
using FluentAssertions;
using Microsoft.AspNetCore.Http;
using Sidecar.Host.Facade;
using Sidecar.Host.Shutdown;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class MessageBudgetSpecs
{
    private readonly MessageBudget _it = new();
    private int _passed;

    [Theory]
    [InlineData(0)]
    [InlineData(MessageBudget.SmallBytes)]
    [InlineData((4 * 1024 * 1024) + 1)]
    public async Task Small_messages_and_those_that_are_refused_anyway_take_none_of_it(int length)
    {
        _it.TryTake(MessageBudget.MostBytes).Should().BeTrue();

        await CallAsync(length);

        _passed.Should().Be(1);
    }

    [Fact]
    public async Task Message_that_still_fits_passes_and_gives_its_room_back()
    {
        const int length = MessageBudget.SmallBytes + 1;
        _it.TryTake(MessageBudget.MostBytes - length).Should().BeTrue();

        await CallAsync(length);
        await CallAsync(length);

        _passed.Should().Be(2);
    }

    [Fact]
    public async Task Message_that_does_not_fit_is_refused_at_once()
    {
        const int length = MessageBudget.SmallBytes + 1;
        _it.TryTake(MessageBudget.MostBytes - length + 1).Should().BeTrue();

        var context = await CallAsync(length);

        _passed.Should().Be(0);
        context.Response.Headers["grpc-status"].ToString().Should().Be("8");
    }

    [Fact]
    public async Task Call_without_a_message_is_left_to_the_framework()
    {
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream([0, 0]);

        await _it.RunAsync(context, Pass);

        _passed.Should().Be(1);
    }

    [Fact]
    public async Task Compressed_message_takes_what_it_may_become()
    {
        _it.TryTake(MessageBudget.MostBytes - SidecarApp.MaxMessageBytes + 1).Should().BeTrue();

        await CallAsync(length: 10, isCompressed: true);

        _passed.Should().Be(0);
    }

    [Fact]
    public void One_connection_takes_no_more_than_its_share()
    {
        var (one, other) = (new ClientConnection(static () => { }, static () => { }), new ClientConnection(static () => { }, static () => { }));
        _it.TryTake(MessageBudget.MostBytesOfOne, one).Should().BeTrue();

        _it.TryTake(MessageBudget.SmallBytes + 1, one).Should().BeFalse();
        _it.TryTake(MessageBudget.MostBytesOfOne, other).Should().BeTrue();

        _it.GiveBack(MessageBudget.MostBytesOfOne, one);
        _it.TryTake(MessageBudget.MostBytesOfOne, one).Should().BeTrue();
    }

    private async Task<HttpContext> CallAsync(int length, bool isCompressed = false)
    {
        var head = new byte[6];
        head[0] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(1), length);
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream(head);
        await _it.RunAsync(context, Pass);
        return context;
    }

    private async Task Pass(HttpContext context)
    {
        _passed++;
        // All of it is there for whoever comes next.
        var read = await context.Request.BodyReader.ReadAsync();
        read.Buffer.Length.Should().BePositive();
    }
}
