using Sidecar.Actors.Cluster;

namespace Sidecar.Host.Cluster;

/// <summary><c>GET /members</c> for other nodes: how this one stands, and whom it takes for members. Nothing in it is secret.</summary>
internal static class MembersEndpoint
{
    /// <summary>Answers the path, and nothing else.</summary>
    public static IApplicationBuilder UseMembersEndpoint(this IApplicationBuilder app)
    {
        var keeper = app.ApplicationServices.GetRequiredService<ClusterKeeper>();
        app.Run(context =>
        {
            if (HttpMethods.IsGet(context.Request.Method) && context.Request.Path == MemberExchange.Path)
                return context.Response.WriteAsJsonAsync(keeper.View(), MemberViewJson.Default.MemberView, cancellationToken: context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        return app;
    }
}
