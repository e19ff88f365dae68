# Newfies-Dialer, "Streaming Call-Center Events": the page's subscriber as it stands.
import redis
redis_con = redis.Redis(host='localhost', port=6379, db=0)
redis_ps = redis_con.pubsub()
redis_ps.subscribe('callcenter_events')
print("Subscribed to callcenter_events...")
while True:
    event = redis_ps.get_message()
    if event:
        print(event)
print("the End.")
