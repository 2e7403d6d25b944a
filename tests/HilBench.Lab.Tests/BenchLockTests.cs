using System.Diagnostics;
using HilBench.Journal;

namespace HilBench.Lab.Tests;

public sealed class BenchLockTests
{
    private const string Port = "serial:/dev/ttyUSB0";

    [Test]
    public void Second_program_on_a_board_is_told_who_has_it_and_since_when()
    {
        using var folder = new TemporaryFolder();
        using var first = Take(folder, "run --suite smoke");

        var refused = Assert.Throws<BenchException>(() => Take(folder, "board reset"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused!.Layer, Is.EqualTo(BenchLayer.Permission));
            Assert.That(refused.What, Does.StartWith($"fpga-a is in use by process {Environment.ProcessId} of {Environment.UserName} since 20"));
            Assert.That(refused.What, Does.EndWith("(run --suite smoke)"));
        }
    }

    [Test]
    public void Board_that_was_given_up_can_be_taken_again()
    {
        using var folder = new TemporaryFolder();
        Take(folder, "run").Dispose();

        using var again = Take(folder, "board reset");

        Assert.That(BenchLock.HolderOf(folder.Root, Port)!.Purpose, Is.EqualTo("board reset"));
    }

    [Test]
    public void Another_board_is_not_taken_by_it()
    {
        using var folder = new TemporaryFolder();
        using var first = Take(folder, "run");

        using var other = BenchLock.Take(folder.Root, "fpga-b", "serial:/dev/ttyUSB1", "run", TimeProvider.System);

        Assert.That(BenchLock.HolderOf(folder.Root, "serial:/dev/ttyUSB1"), Is.Not.Null);
    }

    [Test]
    public void Nobody_holds_a_board_that_was_never_taken_or_was_given_up()
    {
        using var folder = new TemporaryFolder();
        var before = BenchLock.HolderOf(folder.Root, Port);
        Take(folder, "run").Dispose();

        var after = BenchLock.HolderOf(folder.Root, Port);

        Assert.That((before, after), Is.EqualTo(((LockHolder?)null, (LockHolder?)null)));
    }

    [Test]
    public void Lock_of_a_program_that_was_killed_is_free()
    {
        using var folder = new TemporaryFolder();
        Take(folder, "run").Dispose();
        var path = Directory.EnumerateFiles(folder.Root).Single();
        // Another process that holds the lock, as a crashing bench would.
        using var holder = Process.Start(new ProcessStartInfo("flock", ["--no-fork", path, "sh", "-c", "echo held; exec sleep 600"]) { RedirectStandardOutput = true })!;
        holder.StandardOutput.ReadLine();
        Assert.That(() => Take(folder, "run").Dispose(), Throws.TypeOf<BenchException>());

        holder.Kill(entireProcessTree: true);
        holder.WaitForExit();

        Assert.That(() => Take(folder, "run").Dispose(), Throws.Nothing);
    }

    [Test]
    public void Folder_that_is_not_there_is_named()
    {
        var refused = Assert.Throws<BenchException>(() => BenchLock.Take("/no/such/folder", "fpga-a", Port, "run", TimeProvider.System));

        Assert.That(refused!.What, Does.StartWith("the bench lock /no/such/folder/hilbench-serial--dev-ttyUSB0.lock cannot be taken"));
    }

    private static BenchLock Take(TemporaryFolder folder, string purpose) =>
        BenchLock.Take(folder.Root, "fpga-a", Port, purpose, TimeProvider.System);
}
