/* A Vulkan layer that counts what crosses between host and device: scripts/count_transfers.sh builds and runs it.
 *
 * A software device has one kind of memory, which host and device share, so programs write there without a copy. This
 * layer shows it as a card would be: type 0 is the device's own and cannot be mapped, type 1 is the host's; both are
 * the real type 0. Then whatever goes up or down is a copy between the two, and is counted with its size. A wait is for
 * a value of a semaphore, a fence, a queue or the device, with a timeout above zero; asking again for the same one is the
 * same wait.
 *
 * At the end of the process a line of JSON goes to the file that VULKAN_COUNT names.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

enum { UP, DOWN, WITHIN, DIRECTIONS };
enum { SIZES = 4096, HANDLES = 1 << 16 };

static struct {
    uint64_t submits, dispatches, waits;
    uint64_t copies[DIRECTIONS], bytes[DIRECTIONS];
    struct { uint64_t direction, size, count; } sizes[SIZES];
    int known_sizes;
} counted;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct { uint64_t key, type; } memories[HANDLES], buffers[HANDLES];

/* One instance and one device is what a run of ours makes; a second one finds the first one's functions. */
static PFN_vkGetInstanceProcAddr next_instance;
static PFN_vkGetDeviceProcAddr next_device;
static VkInstance the_instance;
static VkDevice the_device;

#define INSTANCE(X) \
    X(vkGetPhysicalDeviceMemoryProperties) X(vkGetPhysicalDeviceMemoryProperties2)
#define DEVICE(X) \
    X(vkAllocateMemory) X(vkGetBufferMemoryRequirements) X(vkGetBufferMemoryRequirements2) X(vkBindBufferMemory) \
    X(vkBindBufferMemory2) X(vkCmdCopyBuffer) X(vkCmdDispatch) X(vkCmdDispatchIndirect) X(vkQueueSubmit) \
    X(vkQueueSubmit2) X(vkWaitForFences) X(vkWaitSemaphores) X(vkWaitSemaphoresKHR) X(vkDeviceWaitIdle) \
    X(vkQueueWaitIdle)

/* What comes after us. Asked for once, when instance and device are made: later the loader would name us. */
#define POINTER(name) PFN_##name name;
static struct { INSTANCE(POINTER) DEVICE(POINTER) } next;
#define FROM_INSTANCE(name) next.name = (PFN_##name)next_instance(the_instance, #name);
#define FROM_DEVICE(name) next.name = (PFN_##name)next_device(the_device, #name);

static void put(void *table, uint64_t key, uint64_t type) {
    struct { uint64_t key, type; } *slots = table;
    uint64_t at = key * 0x9E3779B97F4A7C15ull >> 48;
    while (slots[at].key && slots[at].key != key) at = (at + 1) % HANDLES;
    slots[at].key = key;
    slots[at].type = type;
}

static uint64_t get(void *table, uint64_t key) {
    struct { uint64_t key, type; } *slots = table;
    uint64_t at = key * 0x9E3779B97F4A7C15ull >> 48;
    while (slots[at].key && slots[at].key != key) at = (at + 1) % HANDLES;
    return slots[at].key ? slots[at].type : 0;
}

static void count_copy(VkBuffer from, VkBuffer to, uint64_t size) {
    pthread_mutex_lock(&lock);
    int host_from = get(buffers, (uint64_t)from) == 1, host_to = get(buffers, (uint64_t)to) == 1;
    int direction = host_from && !host_to ? UP : !host_from && host_to ? DOWN : WITHIN;
    counted.copies[direction]++;
    counted.bytes[direction] += size;
    int at = 0;
    while (at < counted.known_sizes &&
           (counted.sizes[at].size != size || counted.sizes[at].direction != (uint64_t)direction)) at++;
    if (at < SIZES) {
        if (at == counted.known_sizes) counted.known_sizes++;
        counted.sizes[at].direction = direction;
        counted.sizes[at].size = size;
        counted.sizes[at].count++;
    }
    pthread_mutex_unlock(&lock);
}

static void tell(void) {
    const char *path = getenv("VULKAN_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    static const char *names[] = {"up", "down", "within"};
    fprintf(file, "{\"submits\": %lu, \"dispatches\": %lu, \"waits\": %lu", counted.submits,
            counted.dispatches, counted.waits);
    for (int way = 0; way < DIRECTIONS; way++)
        fprintf(file, ", \"copies_%s\": %lu, \"bytes_%s\": %lu", names[way], counted.copies[way], names[way],
                counted.bytes[way]);
    for (int way = 0; way < DIRECTIONS; way++) {
        fprintf(file, ", \"sizes_%s\": {", names[way]);
        const char *comma = "";
        for (int at = 0; at < counted.known_sizes; at++)
            if (counted.sizes[at].direction == (uint64_t)way) {
                fprintf(file, "%s\"%lu\": %lu", comma, counted.sizes[at].size, counted.sizes[at].count);
                comma = ", ";
            }
        fprintf(file, "}");
    }
    fprintf(file, "}\n");
    fclose(file);
}

/* The two types of memory. */

static void as_a_card(VkPhysicalDeviceMemoryProperties *memory) {
    memory->memoryTypeCount = 2;
    memory->memoryTypes[1] = memory->memoryTypes[0];
    memory->memoryTypes[0].propertyFlags = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
    memory->memoryTypes[1].propertyFlags = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT |
                                           VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
}

static VKAPI_ATTR void VKAPI_CALL memory_properties(VkPhysicalDevice card, VkPhysicalDeviceMemoryProperties *memory) {
    next.vkGetPhysicalDeviceMemoryProperties(card, memory);
    as_a_card(memory);
}

static VKAPI_ATTR void VKAPI_CALL memory_properties_2(VkPhysicalDevice card, VkPhysicalDeviceMemoryProperties2 *memory) {
    next.vkGetPhysicalDeviceMemoryProperties2(card, memory);
    as_a_card(&memory->memoryProperties);
}

static VKAPI_ATTR VkResult VKAPI_CALL allocate(VkDevice device, const VkMemoryAllocateInfo *info,
                                               const VkAllocationCallbacks *calls, VkDeviceMemory *memory) {
    VkMemoryAllocateInfo real = *info;
    real.memoryTypeIndex = 0;
    VkResult result = next.vkAllocateMemory(device, &real, calls, memory);
    pthread_mutex_lock(&lock);
    if (result == VK_SUCCESS) put(memories, (uint64_t)*memory, info->memoryTypeIndex);
    pthread_mutex_unlock(&lock);
    return result;
}

static VKAPI_ATTR void VKAPI_CALL requirements(VkDevice device, VkBuffer buffer, VkMemoryRequirements *needs) {
    next.vkGetBufferMemoryRequirements(device, buffer, needs);
    needs->memoryTypeBits = 3;
}

static VKAPI_ATTR void VKAPI_CALL requirements_2(VkDevice device, const VkBufferMemoryRequirementsInfo2 *info,
                                                 VkMemoryRequirements2 *needs) {
    next.vkGetBufferMemoryRequirements2(device, info, needs);
    needs->memoryRequirements.memoryTypeBits = 3;
}

static void bound(VkBuffer buffer, VkDeviceMemory memory) {
    pthread_mutex_lock(&lock);
    put(buffers, (uint64_t)buffer, get(memories, (uint64_t)memory));
    pthread_mutex_unlock(&lock);
}

static VKAPI_ATTR VkResult VKAPI_CALL bind(VkDevice device, VkBuffer buffer, VkDeviceMemory memory, VkDeviceSize at) {
    bound(buffer, memory);
    return next.vkBindBufferMemory(device, buffer, memory, at);
}

static VKAPI_ATTR VkResult VKAPI_CALL bind_2(VkDevice device, uint32_t count, const VkBindBufferMemoryInfo *infos) {
    for (uint32_t at = 0; at < count; at++) bound(infos[at].buffer, infos[at].memory);
    return next.vkBindBufferMemory2(device, count, infos);
}

/* What is counted. */

static void count_wait(uint64_t what, uint64_t value) {
    static uint64_t last_what, last_value;
    pthread_mutex_lock(&lock);
    if (what != last_what || value != last_value) counted.waits++;
    last_what = what;
    last_value = value;
    pthread_mutex_unlock(&lock);
}

static VKAPI_ATTR void VKAPI_CALL copy(VkCommandBuffer commands, VkBuffer from, VkBuffer to, uint32_t count,
                                       const VkBufferCopy *regions) {
    for (uint32_t at = 0; at < count; at++) count_copy(from, to, regions[at].size);
    next.vkCmdCopyBuffer(commands, from, to, count, regions);
}

static VKAPI_ATTR void VKAPI_CALL dispatch(VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z) {
    __atomic_add_fetch(&counted.dispatches, 1, __ATOMIC_RELAXED);
    next.vkCmdDispatch(commands, x, y, z);
}

static VKAPI_ATTR void VKAPI_CALL dispatch_indirect(VkCommandBuffer commands, VkBuffer buffer, VkDeviceSize at) {
    __atomic_add_fetch(&counted.dispatches, 1, __ATOMIC_RELAXED);
    next.vkCmdDispatchIndirect(commands, buffer, at);
}

static VKAPI_ATTR VkResult VKAPI_CALL submit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos, VkFence fence) {
    __atomic_add_fetch(&counted.submits, 1, __ATOMIC_RELAXED);
    return next.vkQueueSubmit(queue, count, infos, fence);
}

static VKAPI_ATTR VkResult VKAPI_CALL submit_2(VkQueue queue, uint32_t count, const VkSubmitInfo2 *infos, VkFence fence) {
    __atomic_add_fetch(&counted.submits, 1, __ATOMIC_RELAXED);
    return next.vkQueueSubmit2(queue, count, infos, fence);
}

static VKAPI_ATTR VkResult VKAPI_CALL wait_fences(VkDevice device, uint32_t count, const VkFence *fences, VkBool32 all,
                                                  uint64_t timeout) {
    /* A fence is used again after a submit. */
    if (timeout) count_wait((uint64_t)fences[0], __atomic_load_n(&counted.submits, __ATOMIC_RELAXED));
    return next.vkWaitForFences(device, count, fences, all, timeout);
}

static VKAPI_ATTR VkResult VKAPI_CALL wait_semaphores(VkDevice device, const VkSemaphoreWaitInfo *info, uint64_t timeout) {
    if (timeout) count_wait((uint64_t)info->pSemaphores[0], info->pValues[0]);
    return next.vkWaitSemaphores(device, info, timeout);
}

static VKAPI_ATTR VkResult VKAPI_CALL wait_semaphores_khr(VkDevice device, const VkSemaphoreWaitInfo *info,
                                                          uint64_t timeout) {
    if (timeout) count_wait((uint64_t)info->pSemaphores[0], info->pValues[0]);
    return next.vkWaitSemaphoresKHR(device, info, timeout);
}

static VKAPI_ATTR VkResult VKAPI_CALL wait_device(VkDevice device) {
    count_wait((uint64_t)device, __atomic_load_n(&counted.submits, __ATOMIC_RELAXED));
    return next.vkDeviceWaitIdle(device);
}

static VKAPI_ATTR VkResult VKAPI_CALL wait_queue(VkQueue queue) {
    count_wait((uint64_t)queue, __atomic_load_n(&counted.submits, __ATOMIC_RELAXED));
    return next.vkQueueWaitIdle(queue);
}

/* How a layer is found and put in between. */

static VKAPI_ATTR VkResult VKAPI_CALL create_instance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *calls,
                                                      VkInstance *instance) {
    VkLayerInstanceCreateInfo *link = (void *)info->pNext;
    while (link && !(link->sType == VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO && link->function == VK_LAYER_LINK_INFO))
        link = (void *)link->pNext;
    if (!link) return VK_ERROR_INITIALIZATION_FAILED;
    next_instance = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    VkResult result = ((PFN_vkCreateInstance)next_instance(NULL, "vkCreateInstance"))(info, calls, instance);
    the_instance = *instance;
    INSTANCE(FROM_INSTANCE)
    return result;
}

static VKAPI_ATTR VkResult VKAPI_CALL create_device(VkPhysicalDevice card, const VkDeviceCreateInfo *info,
                                                    const VkAllocationCallbacks *calls, VkDevice *device) {
    VkLayerDeviceCreateInfo *link = (void *)info->pNext;
    while (link && !(link->sType == VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO && link->function == VK_LAYER_LINK_INFO))
        link = (void *)link->pNext;
    if (!link) return VK_ERROR_INITIALIZATION_FAILED;
    PFN_vkGetInstanceProcAddr instance = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    next_device = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    VkResult result = ((PFN_vkCreateDevice)instance(the_instance, "vkCreateDevice"))(card, info, calls, device);
    the_device = *device;
    DEVICE(FROM_DEVICE)
    static int first = 1;
    if (first) atexit(tell);
    first = 0;
    return result;
}

static PFN_vkVoidFunction ours(const char *name) {
    static const struct { const char *name; PFN_vkVoidFunction function; } table[] = {
        {"vkCreateInstance", (PFN_vkVoidFunction)create_instance},
        {"vkCreateDevice", (PFN_vkVoidFunction)create_device},
        {"vkGetPhysicalDeviceMemoryProperties", (PFN_vkVoidFunction)memory_properties},
        {"vkGetPhysicalDeviceMemoryProperties2", (PFN_vkVoidFunction)memory_properties_2},
        {"vkGetPhysicalDeviceMemoryProperties2KHR", (PFN_vkVoidFunction)memory_properties_2},
        {"vkAllocateMemory", (PFN_vkVoidFunction)allocate},
        {"vkGetBufferMemoryRequirements", (PFN_vkVoidFunction)requirements},
        {"vkGetBufferMemoryRequirements2", (PFN_vkVoidFunction)requirements_2},
        {"vkGetBufferMemoryRequirements2KHR", (PFN_vkVoidFunction)requirements_2},
        {"vkBindBufferMemory", (PFN_vkVoidFunction)bind},
        {"vkBindBufferMemory2", (PFN_vkVoidFunction)bind_2},
        {"vkBindBufferMemory2KHR", (PFN_vkVoidFunction)bind_2},
        {"vkCmdCopyBuffer", (PFN_vkVoidFunction)copy},
        {"vkCmdDispatch", (PFN_vkVoidFunction)dispatch},
        {"vkCmdDispatchIndirect", (PFN_vkVoidFunction)dispatch_indirect},
        {"vkQueueSubmit", (PFN_vkVoidFunction)submit},
        {"vkQueueSubmit2", (PFN_vkVoidFunction)submit_2},
        {"vkQueueSubmit2KHR", (PFN_vkVoidFunction)submit_2},
        {"vkWaitForFences", (PFN_vkVoidFunction)wait_fences},
        {"vkWaitSemaphores", (PFN_vkVoidFunction)wait_semaphores},
        {"vkWaitSemaphoresKHR", (PFN_vkVoidFunction)wait_semaphores_khr},
        {"vkDeviceWaitIdle", (PFN_vkVoidFunction)wait_device},
        {"vkQueueWaitIdle", (PFN_vkVoidFunction)wait_queue},
    };
    for (size_t at = 0; at < sizeof table / sizeof *table; at++)
        if (!strcmp(table[at].name, name)) return table[at].function;
    return NULL;
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL of_device(VkDevice device, const char *name) {
    if (!strcmp(name, "vkGetDeviceProcAddr")) return (PFN_vkVoidFunction)of_device;
    PFN_vkVoidFunction real = next_device(device, name), found = ours(name);
    return found && real ? found : real;
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL of_instance(VkInstance instance, const char *name) {
    if (!strcmp(name, "vkGetInstanceProcAddr")) return (PFN_vkVoidFunction)of_instance;
    if (!strcmp(name, "vkGetDeviceProcAddr")) return (PFN_vkVoidFunction)of_device;
    PFN_vkVoidFunction found = ours(name);
    return found ? found : instance ? next_instance(instance, name) : NULL;
}

VK_LAYER_EXPORT VKAPI_ATTR VkResult VKAPI_CALL vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *loader) {
    loader->loaderLayerInterfaceVersion = 2;
    loader->pfnGetInstanceProcAddr = of_instance;
    loader->pfnGetDeviceProcAddr = of_device;
    loader->pfnGetPhysicalDeviceProcAddr = NULL;
    return VK_SUCCESS;
}
