using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios.Tests;

/// <summary>The pictures of docs/notifiers.md are those of the engine.</summary>
public sealed class OrderPictureTests
{
    private static IEnumerable<string> Names => OrderPicture.Names;

    [TestCaseSource(nameof(Names))]
    public void The_picture_in_the_documentation_is_up_to_date(string name)
    {
        var file = Path.Combine(Root(), "docs", "images", $"order-{name}.svg");

        Assert.That(File.ReadAllText(file), Is.EqualTo(OrderPicture.Draw(name, OrderPicture.DefaultProfiles)), "make docs");
    }

    [TestCase("linux-4.13", "start clear flush inv set inv end")]
    [TestCase("linux-6.1", "start clear flush inv set end")]
    [TestCase("linux-6.12", "start clear flush inv set end")]
    public void A_copy_on_write_is_drawn_in_the_order_of_the_placement_of_its_kernel(string profile, string order)
    {
        var story = OrderStory.All.Single(known => known.Id == "cow");

        Assert.That(string.Join(' ', story.Run(KernelProfile.Find(profile)!).Select(Word).OfType<string>()), Is.EqualTo(order));
    }

    [TestCase("linux-4.13", true)]
    [TestCase("linux-6.1", false)]
    [TestCase("linux-6.12", true)]
    public void Between_4_15_and_6_5_no_device_is_told_of_a_split(string profile, bool isTold)
    {
        var story = OrderStory.All.Single(known => known.Id == "thp-split");

        Assert.That(story.Run(KernelProfile.Find(profile)!).Any(line => line.Lane == OrderLane.DeviceTlb), Is.EqualTo(isTold));
    }

    [Test]
    public void A_picture_that_is_not_there_is_told_with_the_nearest() =>
        Assert.That(
            () => OrderPicture.Draw("munmpa", OrderPicture.DefaultProfiles),
            Throws.InstanceOf<InputException>().With.Message.Contains("munmap"));

    private static string? Word(OrderEvent line) => line switch
    {
        { Lane: OrderLane.Range } => line.Text.Split(' ')[0],
        { Lane: OrderLane.DeviceTlb } => "inv",
        { Lane: OrderLane.CpuTlb } => "flush",
        { Lane: OrderLane.Entry } => line.Text.EndsWith("cleared", StringComparison.Ordinal) ? "clear" : "set",
        _ => null,
    };

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "HilBench.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("these tests run inside the working tree");
    }
}
