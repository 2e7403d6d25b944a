namespace HilBench.Vendor.Tests;

public sealed class AdapterSizeTests
{
    private const int LongestAdapter = 200;

    [Test]
    public void Adapters_are_short()
    {
        var root = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "HilBench.sln")))
        {
            root = root.Parent!;
        }

        var adapters = Directory.GetDirectories(Path.Combine(root.FullName, "src"), "HilBench.Vendor.*");
        var tooLong = adapters.Where(folder => Directory.GetFiles(folder, "*.cs").Sum(file => File.ReadLines(file).Count()) >= LongestAdapter);

        Assert.That(adapters, Is.Not.Empty);
        Assert.That(tooLong, Is.Empty);
    }
}
